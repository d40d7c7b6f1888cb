//! Known packets of the RFCs, replays, forgeries and rollover.

use super::*;
use crate::media::rtp::extension::ExtensionMap;
use crate::media::rtp::header::{ExtensionValues, OutgoingHeader};
use proptest::prelude::*;

const PROFILES: [SrtpProfile; 3] =
    [SrtpProfile::AeadAes256Gcm, SrtpProfile::AeadAes128Gcm, SrtpProfile::Aes128CmSha1_80];

fn bytes(hex: &str) -> Vec<u8> {
    let digits: Vec<u8> = hex.bytes().filter(u8::is_ascii_hexdigit).collect();
    digits.chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}

fn pair(profile: SrtpProfile) -> (SrtpOutbound, SrtpInbound) {
    let material: Vec<u8> = (0..profile.keying_material_len() as u8).collect();
    let (outbound, _) = from_dtls(profile, &material, DtlsRole::Server).unwrap();
    let (_, inbound) = from_dtls(profile, &material, DtlsRole::Client).unwrap();
    (outbound, inbound)
}

fn header(ssrc: u32, index: u64) -> [u8; 12] {
    let mut out = [0; 12];
    OutgoingHeader { marker: false, payload_type: 96, sequence: index as u16, timestamp: 0, ssrc }
        .write(&ExtensionMap::new(), &ExtensionValues::default(), &mut out)
        .unwrap();
    out
}

fn seal(outbound: &mut SrtpOutbound, ssrc: u32, index: u64, payload: &[u8]) -> Vec<u8> {
    let mut out = [0; 1_500];
    let len = outbound.seal_rtp(&header(ssrc, index), &[], payload, index, &mut out).unwrap();
    out[..len].to_vec()
}

#[test]
fn keys_are_derived_as_rfc_3711_b3_and_rfc_6188_7_say() {
    let cases = [
        (
            "E1F97A0D3E018BE0D64FA32C06DE4139",
            "0EC675AD498AFEEBB6960B3AABE6",
            "C61E7A93744F39EE10734AFE3FF7A087",
            "CEBE321F6FF7716B6FD4AB49AF256A156D38BAA4",
            "30CBBC08863D8C85D49DB34A9AE1",
        ),
        (
            "f0f04914b513f2763a1b1fa130f10e2998f6f6e43e4309d1e622a0e332b9f1b6",
            "3b04803de51ee7c96423ab5b78d2",
            "5ba1064e30ec51613cad926c5a28ef731ec7fb397f70a960653caf06554cd8c4",
            "fd9c32d39ed5fbb5a9dc96b30818454d1313dc05",
            "fa31791685ca444a9e07c6c64e93",
        ),
    ];
    for (key, salt, cipher_key, auth_key, cipher_salt) in cases {
        let (key, salt) = (bytes(key), bytes(salt));
        let master = MasterKey { key: &key, salt: &salt };
        for (label, expected) in [(0, cipher_key), (1, auth_key), (2, cipher_salt)] {
            let expected = bytes(expected);
            let mut derived = vec![0xff; expected.len()];
            master.derive(label, &mut derived).unwrap();
            assert_eq!(derived, expected, "label {label}");
        }
    }
}

#[test]
fn gcm_packets_are_those_of_rfc_7714_16() {
    let packet = bytes(
        "8040f17b 8041f8d3 5501a0b2 47616c6c 69612065 7374206f 6d6e6973 20646976 69736120 \
         696e2070 61727465 73207472 6573",
    );
    let cases = [
        (
            16,
            "8040f17b 8041f8d3 5501a0b2 f24de3a3 fb34de6c acba861c 9d7e4bca be633bd5 0d294e6f \
             42a5f47a 51c7d19b 36de3adf 8833899d 7f27beb1 6a9152cf 765ee439 0cce",
        ),
        (
            32,
            "8040f17b 8041f8d3 5501a0b2 32b1de78 a822fe12 ef9f78fa 332e33aa b1801238 9a58e2f3 \
             b50b2a02 76ffae0f 1ba63799 b87b7aa3 db36dfff d6b0f9bb 7878d7a7 6c13",
        ),
    ];
    for (key_len, expected) in cases {
        let key: Vec<u8> = (0..key_len).collect();
        let cipher = Cipher::gcm(&key, *b"Quid pro quo").unwrap();
        let id = PacketId { ssrc: 0x5501_a0b2, index: 0xf17b };
        // The same result wherever the payload is cut in two.
        for cut in 12..packet.len() {
            let plain = Plain { header: &packet[..12], prefix: &packet[12..cut], payload: &packet[cut..] };
            let mut out = vec![0; packet.len() + 16];
            cipher.seal_rtp(id, plain, &mut out).unwrap();
            assert_eq!(out, bytes(expected), "key of {key_len} bytes, cut at {cut}");
            let len = cipher.open_rtp(id, 12, &mut out).unwrap();
            assert_eq!(out[..len], packet);
        }
    }
}

#[test]
fn gcm_control_packet_is_that_of_rfc_7714_17() {
    let plain = bytes(
        "81c8000d 4d617273 4e545031 4e545032 52545020 0000042a 0000e930 4c756e61 deadbeef deadbeef \
         deadbeef deadbeef deadbeef",
    );
    let expected = bytes(
        "81c8000d 4d617273 63e94885 dcdab67c a727d766 2f6b7e99 7ff5c0f7 6c06f32d c676a5f1 730d6fda \
         4ce09b46 86303ded 0bb9275b c84aa458 96cf4d2f c5abf872 45d9eade 800005d4",
    );
    let key: Vec<u8> = (0..16).collect();
    let cipher = Cipher::gcm(&key, *b"Quid pro quo").unwrap();
    let id = PacketId { ssrc: 0x4d61_7273, index: 0x5d4 };
    let mut out = vec![0; plain.len() + 20];
    cipher.seal_rtcp(id, &plain, &mut out).unwrap();
    assert_eq!(out, expected);
    assert_eq!(cipher.rtcp_word(&out), Some(0x8000_05d4));
    assert_eq!(cipher.open_rtcp(id, &mut out), Ok(plain.len()));
    assert_eq!(out[..plain.len()], plain);
}

#[test]
fn counter_mode_packet_with_sha1_tag_is_the_known_one() {
    // Key and salt of RFC 3711 B.3; the packet is the one libsrtp's own self test expects.
    let (key, salt) = (bytes("E1F97A0D3E018BE0D64FA32C06DE4139"), bytes("0EC675AD498AFEEBB6960B3AABE6"));
    let master = MasterKey { key: &key, salt: &salt };
    let cipher = Cipher::new(SrtpProfile::Aes128CmSha1_80, &master, Purpose::Rtp).unwrap();
    let id = PacketId { ssrc: 0xcafe_babe, index: 0x1234 };
    let plain = Plain { header: &bytes("800f1234 decafbad cafebabe"), prefix: &[0xab; 5], payload: &[0xab; 11] };
    let mut out = [0; 38];
    cipher.seal_rtp(id, plain, &mut out).unwrap();
    let expected = "800f1234 decafbad cafebabe 4e55dc4c e79978d8 8ca4d215 949d2402 b78d6acc \
                    99ea179b 8dbb";
    assert_eq!(out.as_slice(), bytes(expected));
    assert_eq!(cipher.open_rtp(id, 12, &mut out), Ok(28));
    assert_eq!(out[12..28], [0xab; 16]);
}

#[test]
fn both_roles_agree_on_the_keys_of_both_directions() {
    for profile in PROFILES {
        let material: Vec<u8> = (0..profile.keying_material_len()).map(|at| (at * 7) as u8).collect();
        let (mut server_out, mut server_in) = from_dtls(profile, &material, DtlsRole::Server).unwrap();
        let (mut client_out, mut client_in) = from_dtls(profile, &material, DtlsRole::Client).unwrap();
        let mut up = seal(&mut client_out, 1, 10, b"up");
        let mut down = seal(&mut server_out, 1, 10, b"down");
        assert_ne!(up[12..14], down[12..14], "{profile:?}: directions share no key");
        let mut stolen = up.clone();
        assert_eq!(client_in.open_rtp(&mut stolen), Err(SrtpError::Authentication));
        let opened = server_in.open_rtp(&mut up).unwrap();
        assert_eq!(&up[12..opened.len], b"up", "{profile:?}");
        let opened = client_in.open_rtp(&mut down).unwrap();
        assert_eq!(&down[12..opened.len], b"down", "{profile:?}");
        assert!(from_dtls(profile, &material[1..], DtlsRole::Client).is_err());
        assert_eq!(SrtpProfile::from_id(profile.id()), Some(profile));
    }
}

#[test]
fn rollover_is_followed_over_loss_and_reordering() {
    for profile in PROFILES {
        let (mut outbound, mut inbound) = pair(profile);
        let sealed: Vec<(u64, Vec<u8>)> =
            (65_530u64..65_545).map(|index| (index, seal(&mut outbound, 9, index, &[1, 2, 3]))).collect();
        let order = [0, 2, 1, 8, 4, 7, 14, 9];
        for at in order {
            let (index, mut packet) = sealed[at].clone();
            assert_eq!(inbound.open_rtp(&mut packet).unwrap().index, index, "{profile:?}");
        }
    }
}

#[test]
fn replays_forgeries_and_stumps_are_refused_and_change_nothing() {
    for profile in PROFILES {
        let (mut outbound, mut inbound) = pair(profile);
        let good = seal(&mut outbound, 5, 100, b"payload");
        for at in 0..good.len() {
            let mut forged = good.clone();
            forged[at] ^= 0x01;
            assert!(inbound.open_rtp(&mut forged).is_err(), "{profile:?} byte {at}");
            let mut stump = good[..at].to_vec();
            assert!(inbound.open_rtp(&mut stump).is_err(), "{profile:?} length {at}");
        }
        assert!(inbound.open_rtp(&mut good.clone()).is_ok());
        assert_eq!(inbound.open_rtp(&mut good.clone()), Err(SrtpError::Replayed));
        let mut far = seal(&mut outbound, 5, 5_000, b"payload");
        assert!(inbound.open_rtp(&mut far).is_ok());
        assert_eq!(inbound.open_rtp(&mut good.clone()), Err(SrtpError::TooOld));
    }
}

#[test]
fn control_packets_pass_once_and_only_encrypted() {
    let plain = bytes("80c90001 00000007 81cb0001 00000007");
    for profile in PROFILES {
        let (mut outbound, mut inbound) = pair(profile);
        let mut out = [0; 64];
        let first_len = outbound.seal_rtcp(&plain, &mut out).unwrap();
        let first = out[..first_len].to_vec();
        let second_len = outbound.seal_rtcp(&plain, &mut out).unwrap();
        assert_ne!(first, out[..second_len], "{profile:?}: the index goes on");
        let mut clear = first.clone();
        let word_at = if profile == SrtpProfile::Aes128CmSha1_80 { first_len - 14 } else { first_len - 4 };
        clear[word_at] &= 0x7f;
        assert_eq!(inbound.open_rtcp(&mut clear), Err(SrtpError::NotEncrypted));
        for at in 0..first_len {
            let mut forged = first.clone();
            forged[at] ^= 0x40;
            assert!(inbound.open_rtcp(&mut forged).is_err(), "{profile:?} byte {at}");
            assert!(inbound.open_rtcp(&mut first[..at].to_vec()).is_err());
        }
        let mut opened = first.clone();
        assert_eq!(inbound.open_rtcp(&mut opened), Ok(plain.len()));
        assert_eq!(opened[..plain.len()], plain, "{profile:?}");
        assert_eq!(inbound.open_rtcp(&mut first.clone()), Err(SrtpError::Replayed));
        assert!(inbound.open_rtcp(&mut out[..second_len]).is_ok());
    }
}

#[test]
fn no_index_is_sealed_twice_for_one_ssrc() {
    let (mut outbound, _) = pair(SrtpProfile::AeadAes256Gcm);
    let mut out = [0; 64];
    let mut seal = |ssrc, index, claimed| outbound.seal_rtp(&header(ssrc, index), &[], b"x", claimed, &mut out);
    assert!(seal(1, 10, 10).is_ok());
    assert_eq!(seal(1, 10, 10), Err(SrtpError::IndexUsed));
    assert!(seal(1, 8, 8).is_ok(), "a late packet under its own number");
    assert!(seal(2, 10, 10).is_ok(), "another SSRC has its own numbers");
    assert_eq!(seal(1, 11, 12), Err(SrtpError::IndexMismatch));
    assert!(seal(1, 65_546, 65_546).is_ok(), "the same low bits one turn later");
    assert_eq!(seal(1, 12, 12), Err(SrtpError::IndexUsed), "too far back to know");
    assert_eq!(seal(1, 1 << 48, 1 << 48), Err(SrtpError::KeyExhausted));
    let small = outbound.seal_rtp(&header(3, 1), &[], b"x", 1, &mut [0; 28]);
    assert_eq!(small, Err(SrtpError::BufferFull));
    let again = outbound.seal_rtp(&header(3, 1), &[], b"x", 1, &mut [0; 29]);
    assert_eq!(again, Ok(29), "a refused packet spends no index");
}

#[test]
fn a_peer_with_endless_ssrcs_costs_bounded_memory() {
    let (mut outbound, mut inbound) = pair(SrtpProfile::AeadAes128Gcm);
    for ssrc in 0..MAX_INBOUND_SOURCES as u32 + 50 {
        let mut packet = seal(&mut outbound, ssrc, 1, b"x");
        assert!(inbound.open_rtp(&mut packet).is_ok());
    }
    assert_eq!(inbound.rtp_sources.by_ssrc.len(), MAX_INBOUND_SOURCES);
    let newest = MAX_INBOUND_SOURCES as u32 + 49;
    assert!(inbound.rtp_sources.window(newest).is_some());
    assert!(inbound.rtp_sources.window(0).is_none(), "the one unused for longest went");
}

proptest! {
    #[test]
    fn any_bytes_are_refused_without_panic(mut packet in proptest::collection::vec(any::<u8>(), 0..96)) {
        for profile in PROFILES {
            let (_, mut inbound) = pair(profile);
            prop_assert!(inbound.open_rtcp(&mut packet).is_err());
            if let Some(first) = packet.first_mut() {
                *first = 0x80 | (*first & 0x3f);
            }
            prop_assert!(inbound.open_rtp(&mut packet).is_err());
        }
    }

    #[test]
    fn what_is_sealed_opens_again(
        ssrc in any::<u32>(), index in 0u64..0x8000,
        prefix in proptest::collection::vec(any::<u8>(), 0..20),
        payload in proptest::collection::vec(any::<u8>(), 0..300),
    ) {
        for profile in PROFILES {
            let (mut outbound, mut inbound) = pair(profile);
            let mut out = [0; 400];
            let len = outbound.seal_rtp(&header(ssrc, index), &prefix, &payload, index, &mut out).unwrap();
            let opened = inbound.open_rtp(&mut out[..len]).unwrap();
            prop_assert_eq!(opened.index, index);
            prop_assert_eq!(&out[12..opened.len], [&prefix[..], &payload[..]].concat());
        }
    }
}

#[test]
fn a_packet_is_sealed_again_as_it_was_and_as_nothing_else() {
    for profile in [SrtpProfile::AeadAes256Gcm, SrtpProfile::AeadAes128Gcm, SrtpProfile::Aes128CmSha1_80] {
        let material = vec![3; profile.keying_material_len()];
        let (mut outbound, _) = from_dtls(profile, &material, DtlsRole::Server).unwrap();
        let header = [0x80, 96, 0, 9, 0, 0, 0, 1, 0, 0, 0, 7];
        let (mut first, mut again) = ([0; 200], [0; 200]);
        let len = outbound.seal_rtp(&header, b"pre", &[5; 100], 9, &mut first).unwrap();
        let end = *first[..len].last_chunk().unwrap();
        assert_eq!(outbound.seal_again(&header, b"pre", &[5; 100], 9, &end, &mut again), Ok(len));
        assert_eq!(first, again);
        let mut other = header;
        other[7] = 2;
        let cases = [(header, &b"pre"[..], [6; 100]), (header, b"prf", [5; 100]), (other, b"pre", [5; 100])];
        for (header, prefix, payload) in cases {
            let outcome = outbound.seal_again(&header, prefix, &payload, 9, &end, &mut again);
            assert_eq!((outcome, &again[..len]), (Err(SrtpError::IndexUsed), &vec![0; len][..]));
        }
    }
}

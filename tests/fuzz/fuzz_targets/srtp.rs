//! Opening SRTP and SRTCP: nothing forged is opened, whatever comes leaves the association usable, and what was sealed
//! is opened once and never again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sfu_core::media::transport::srtp::{DtlsRole, SrtpError, SrtpProfile, from_dtls};

const PROFILES: [SrtpProfile; 3] =
    [SrtpProfile::AeadAes256Gcm, SrtpProfile::AeadAes128Gcm, SrtpProfile::Aes128CmSha1_80];

fuzz_target!(|bytes: &[u8]| {
    let Some((choice, bytes)) = bytes.split_first() else { return };
    let profile = PROFILES[usize::from(*choice) % PROFILES.len()];
    let material = vec![*choice; profile.keying_material_len()];
    let (_, mut inbound) = from_dtls(profile, &material, DtlsRole::Server).expect("the material has its length");
    let (mut outbound, _) = from_dtls(profile, &material, DtlsRole::Client).expect("the material has its length");
    // Forged packets: each piece of the input is one, cut by its own length byte.
    let mut rest = bytes;
    while let Some((len, after)) = rest.split_first() {
        let (piece, others) = after.split_at(after.len().min(usize::from(*len)));
        let mut packet = piece.to_vec();
        assert!(inbound.open_rtp(&mut packet).is_err(), "a forged RTP packet was opened");
        let mut packet = piece.to_vec();
        assert!(inbound.open_rtcp(&mut packet).is_err(), "a forged RTCP packet was opened");
        rest = others;
    }
    // An honest one with the input as its payload, then as a replay, then damaged.
    let header = [0x80, 96, 0x12, 0x34, 0, 0, 0, 1, 0, 0, 0, 7];
    let mut sealed = vec![0; header.len() + bytes.len() + outbound.rtp_overhead()];
    let len = outbound.seal_rtp(&header, &[], bytes, 0x1234, &mut sealed).expect("a packet is sealed");
    let mut packet = sealed[..len].to_vec();
    let opened = inbound.open_rtp(&mut packet).expect("an honest packet is opened");
    assert_eq!(&packet[header.len()..opened.len], bytes);
    let mut replay = sealed[..len].to_vec();
    assert_eq!(inbound.open_rtp(&mut replay), Err(SrtpError::Replayed));
    let mut damaged = sealed[..len].to_vec();
    let place = usize::from(*choice) % len;
    damaged[place] ^= 0x40;
    assert!(inbound.open_rtp(&mut damaged).is_err(), "a damaged packet was opened");
});

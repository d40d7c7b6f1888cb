#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
use super::*;
use proptest::prelude::*;

/// Packs `(value, width)` pairs into bytes.
fn packed(fields: &[(u32, u32)]) -> Vec<u8> {
    let mut bits: Vec<bool> = Vec::new();
    for (value, width) in fields {
        bits.extend((0..*width).rev().map(|bit| value >> bit & 1 == 1));
    }
    bits.chunks(8)
        .map(|byte| byte.iter().enumerate().fold(0, |sum, (at, bit)| sum | u8::from(*bit) << (7 - at)))
        .collect()
}

const NOT: u32 = 0;
const SWITCH: u32 = 2;
const REQUIRED: u32 = 3;

/// Two spatial layers, ids from 62 on (they wrap at 64): keyframes 62 and 0, pictures 63 and 1 that refer two frames back.
/// `flags` and `mask` are the extended part's.
fn two_layers(template_id: u32, number: u32, flags: u32, mask: &[(u32, u32)]) -> Vec<u8> {
    let mut fields = vec![(1, 1), (0, 1), (template_id, 6), (number, 16), (flags, 5), (62, 6), (1, 5)];
    fields.extend([(0, 2), (2, 2), (0, 2), (3, 2)]);
    // Indications to both targets.
    for row in [[SWITCH, SWITCH], [SWITCH, REQUIRED], [NOT, SWITCH], [NOT, SWITCH]] {
        fields.extend(row.map(|indication| (indication, 2)));
    }
    // Distances: none; two; one; two and one.
    let (end, two, one) = ((0, 1), [(1, 1), (1, 4)], [(1, 1), (0, 4)]);
    fields.extend([&[end][..], &two, &[end], &one, &[end], &two, &one, &[end]].concat());
    // Two chains (below three); each target has its own.
    fields.extend([(3, 2), (0, 1), (1, 1)]);
    fields.extend([(0, 4); 8]);
    fields.extend([(1, 1), (319, 16), (179, 16), (639, 16), (359, 16)]);
    fields.extend(mask);
    packed(&fields)
}

fn references(frame: &FrameDependencies) -> Vec<u16> {
    frame.references().collect()
}

#[test]
fn the_short_form_gets_its_meaning_from_the_structure_before_it() {
    let mut reader = DependencyReader::default();
    assert_eq!(reader.read(&[0b1000_0101, 0x12, 0x34]), None, "no structure yet");
    let key = reader.read(&two_layers(62, 0xffff, 0b1_0000, &[])).unwrap();
    assert!(key.is_start && !key.is_end && key.has_structure && key.is_switch);
    assert_eq!((key.number, key.spatial, key.temporal, key.size), (0xffff, 0, 0, Some((640, 360))));
    let upper = reader.read(&[0b0100_0000, 0, 0]).unwrap();
    assert!(!upper.is_start && upper.is_end && !upper.has_structure && upper.is_switch);
    assert_eq!((upper.spatial, references(&upper)), (1, vec![0xffff]), "frame numbers wrap");
    let next = reader.read(&[0b1100_0001, 0, 2]).unwrap();
    assert_eq!((next.spatial, references(&next)), (1, vec![0, 1]));
    let lower = reader.read(&[0b1111_1111, 0, 1]).unwrap();
    assert!(!lower.is_switch || lower.spatial == 0);
    assert_eq!((lower.spatial, references(&lower)), (0, vec![0xffff]));
    assert_eq!(reader.read(&[0b1100_0010, 0, 2]), None, "a template that the structure has not");
    assert!(reader.structure().is_some(), "and which does not end it");
    for len in 0..SHORT_LEN {
        assert_eq!(reader.read(&[0; 3][..len]), None, "{len}");
    }
}

#[test]
fn targets_have_the_layers_of_what_belongs_to_them() {
    let mut reader = DependencyReader::default();
    reader.read(&two_layers(62, 1, 0b1_0000, &[])).unwrap();
    let structure = reader.structure().unwrap();
    let within: Vec<u32> = [(0, 0), (1, 0), (9, 9)].map(|(s, t)| structure.targets_within(s, t)).to_vec();
    assert_eq!((within, structure.top_spatial()), (vec![0b01, 0b11, 0b11], 1));
    assert_eq!(reader.active_targets(), 0b11, "all, where no mask says otherwise");
    reader.read(&two_layers(62, 1, 0b1_1000, &[(0b01, 2)])).unwrap();
    assert_eq!(reader.active_targets(), 0b01);
    reader.read(&packed(&[(0b11, 2), (0, 6), (9, 16), (0b01000, 5), (0b10, 2)])).unwrap();
    assert_eq!(reader.active_targets(), 0b10, "a mask may come alone");
}

#[test]
fn a_frame_may_have_references_of_its_own() {
    let mut reader = DependencyReader::default();
    reader.read(&two_layers(62, 1, 0b1_0000, &[])).unwrap();
    let own = [(0b11, 2), (63, 6), (100, 16), (0b00110, 5), (REQUIRED, 2), (NOT, 2), (1, 2), (2, 4), (3, 2), (255, 12)];
    let bytes = packed(&[&own[..], &[(0, 2)]].concat());
    let frame = reader.read(&bytes).unwrap();
    assert_eq!(references(&frame), [97, 65_380]);
    assert!(!frame.is_switch, "required, but no switch");
    assert_eq!(reader.read(&bytes[..bytes.len() - 1]), None, "the end is missing");
    let many = [&own[..6], &[(1, 2), (0, 4)].repeat(9), &[(0, 2)]].concat();
    assert_eq!(reader.read(&packed(&many)), None, "nine references");
}

#[test]
fn a_cut_structure_is_refused() {
    let bytes = two_layers(62, 1, 0b1_0000, &[]);
    for len in 4..bytes.len() {
        assert_eq!(DependencyReader::default().read(&bytes[..len]), None, "cut at {len}");
    }
}

#[test]
fn structures_beyond_the_formats_limits_are_refused() {
    let head = [(1, 1), (1, 1), (0, 6), (7, 16), (0b1_0000, 5), (0, 6), (0, 5)];
    let cases = [(0, 64, "65 templates"), (1, 8, "nine temporal layers"), (2, 4, "five spatial layers")];
    for (step, count, message) in cases {
        let mut fields = head.to_vec();
        fields.extend(std::iter::repeat_n((step, 2), count));
        fields.push((3, 2));
        fields.extend([(0, 32); 40]);
        assert_eq!(DependencyReader::default().read(&packed(&fields)), None, "{message}");
    }
    assert_eq!(DependencyReader::default().read(&[0; 256]), None);
}

#[test]
fn a_rewritten_descriptor_says_the_same_but_for_number_and_targets() {
    let with_structure = two_layers(0, 7, 0b1_0000, &[]);
    let with_mask = two_layers(0, 7, 0b1_1000, &[(0b11, 2)]);
    let own_references = packed(&[(0b11, 2), (63, 6), (7, 16), (0b00010, 5), (1, 2), (2, 4), (0, 2)]);
    let cases = [
        ("short", vec![0b1000_0000, 0, 7]),
        ("with structure", with_structure),
        ("with structure and mask", with_mask),
        ("with references of its own", own_references),
    ];
    for (message, value) in cases {
        let mut before = DependencyReader::default();
        before.read(&two_layers(62, 1, 0b1_0000, &[])).unwrap();
        for targets in [None, Some(0b01), Some(0b10)] {
            let (mut source, mut receiver) = (before.clone(), before.clone());
            let original = source.read(&value).unwrap();
            let rewritten = source.rewrite(&value, 0xfffe, targets).unwrap();
            let read = receiver.read(rewritten.bytes()).unwrap();
            let shifted: Vec<u16> = original.references().map(|n| n.wrapping_sub(9)).collect();
            assert_eq!((read.number, references(&read)), (0xfffe, shifted), "{message}");
            assert_eq!(receiver.active_targets(), targets.unwrap_or(source.active_targets()), "{message}");
            assert_eq!(receiver.structure(), source.structure(), "{message}");
            assert_eq!((read.spatial, read.is_end, read.has_structure, read.size), {
                (original.spatial, original.is_end, original.has_structure, original.size)
            });
        }
    }
}

proptest! {
    #[test]
    fn any_value_is_read_and_rewritten_without_panic(
        values in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..64), 1..4), targets: u32,
    ) {
        let mut reader = DependencyReader::default();
        for value in values {
            if let Some(frame) = reader.read(&value) {
                prop_assert!(frame.spatial < 4 && frame.temporal < 8 && frame.references().count() <= MAX_REFERENCES);
                let rewritten = reader.rewrite(&value, 1, Some(targets)).unwrap();
                let mut receiver = reader.clone();
                let read = receiver.read(rewritten.bytes()).unwrap();
                prop_assert_eq!((read.spatial, read.temporal, read.is_switch), (frame.spatial, frame.temporal, frame.is_switch));
                let count = u32::from(reader.structure().unwrap().target_count);
                prop_assert_eq!(receiver.active_targets(), targets & (u32::MAX >> (32 - count)));
            }
        }
    }
}

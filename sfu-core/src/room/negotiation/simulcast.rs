//! The order of simulcast layers: lowest first, whatever order the client's library wrote them in.
use crate::sdp::{Rid, SsrcGroup};

/// Names that say their own rank. Some libraries list the best layer first because their browser once wanted it so.
const KNOWN: [&[&str]; 3] = [&["q", "h", "f"], &["rdiv4", "rdiv2", "rdiv1"], &["low", "mid", "high"]];

/// The layers, lowest first: by their names where all of them are known, else in the order of the text. SSRCs, where
/// there is one for each layer (Firefox), stay with their layer.
pub(super) fn lowest_first(rids: &[Rid], ssrcs: &[SsrcGroup]) -> (Vec<Rid>, Vec<SsrcGroup>) {
    let mut order: Vec<usize> = (0..rids.len()).collect();
    for names in KNOWN {
        let rank = |rid: &Rid| names.iter().position(|name| *name == rid.0);
        if rids.iter().all(|rid| rank(rid).is_some()) {
            order.sort_by_key(|index| rids.get(*index).and_then(rank));
            break;
        }
    }
    let sorted = order.iter().filter_map(|index| rids.get(*index)).cloned().collect();
    if ssrcs.len() != rids.len() {
        return (sorted, ssrcs.to_vec());
    }
    (sorted, order.iter().filter_map(|index| ssrcs.get(*index)).copied().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layers_come_lowest_first_where_their_names_say_so() {
        let cases: &[(&[&str], &[u32])] = &[
            (&["q", "h", "f"], &[0, 1, 2]),
            (&["f", "h", "q"], &[2, 1, 0]),
            (&["h", "q"], &[1, 0]),
            (&["rdiv1", "rdiv2"], &[1, 0]),
            (&["c", "b", "a"], &[0, 1, 2]),
            (&["f", "x"], &[0, 1]),
            (&[], &[]),
        ];
        for (names, wanted) in cases {
            let rids: Vec<Rid> = names.iter().map(|name| Rid((*name).to_owned())).collect();
            let ssrcs: Vec<SsrcGroup> = (0..).take(rids.len()).map(|media| SsrcGroup { media, rtx: None }).collect();
            let (sorted, groups) = lowest_first(&rids, &ssrcs);
            let order: Vec<u32> = groups.iter().map(|group| group.media).collect();
            assert_eq!(order, *wanted, "{names:?}");
            let by_name: Vec<&str> = wanted.iter().map(|index| names[*index as usize]).collect();
            assert_eq!(sorted.iter().map(|rid| rid.0.as_str()).collect::<Vec<_>>(), by_name, "{names:?}");
        }
    }

    #[test]
    fn ssrcs_that_do_not_match_the_layers_keep_their_order() {
        let rids = [Rid("f".to_owned()), Rid("q".to_owned())];
        let ssrcs = [SsrcGroup { media: 1, rtx: None }];
        assert_eq!(lowest_first(&rids, &ssrcs).1, ssrcs);
    }
}

//! The order of simulcast layers: lowest first, whatever order the client's library wrote them in.
use crate::sdp::Rid;

/// Names that say their own rank. Some libraries list the best layer first because their browser once wanted it so.
const KNOWN: [&[&str]; 3] = [&["q", "h", "f"], &["rdiv4", "rdiv2", "rdiv1"], &["low", "mid", "high"]];

/// The layers, lowest first: by their names where all of them are known, else in the order of the text.
pub(super) fn lowest_first(rids: &[Rid]) -> Vec<Rid> {
    let mut sorted = rids.to_vec();
    for names in KNOWN {
        let rank = |rid: &Rid| names.iter().position(|name| *name == rid.0);
        if rids.iter().all(|rid| rank(rid).is_some()) {
            sorted.sort_by_key(rank);
            break;
        }
    }
    sorted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layers_come_lowest_first_where_their_names_say_so() {
        let cases: &[(&[&str], &[&str])] = &[
            (&["q", "h", "f"], &["q", "h", "f"]),
            (&["f", "h", "q"], &["q", "h", "f"]),
            (&["h", "q"], &["q", "h"]),
            (&["rdiv1", "rdiv2"], &["rdiv2", "rdiv1"]),
            (&["c", "b", "a"], &["c", "b", "a"]),
            (&["f", "x"], &["f", "x"]),
            (&[], &[]),
        ];
        for (given, wanted) in cases {
            let given: Vec<Rid> = given.iter().map(|name| Rid((*name).to_owned())).collect();
            let found: Vec<String> = lowest_first(&given).into_iter().map(|rid| rid.0).collect();
            assert_eq!(found, *wanted, "{given:?}");
        }
    }
}

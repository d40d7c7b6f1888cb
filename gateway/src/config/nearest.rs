//! The known word that a mistyped one is nearest to.

/// The nearest of `known`, where it is near enough to be meant.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let limit = (word.chars().count() / 3).max(2);
    let distance = |other: &&str| distance(word, other);
    known
        .into_iter()
        .map(|other| (distance(&other), other))
        .filter(|(far, _)| *far <= limit)
        .min()
        .map(|(_, near)| near)
}

/// Letters to insert, remove or exchange (Levenshtein), without regard to case.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.to_lowercase().chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (index, letter) in one.to_lowercase().chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = index + 1;
        for (column, other) in other.iter().enumerate() {
            let exchanged = diagonal + usize::from(letter != *other);
            diagonal = row[column + 1];
            row[column + 1] = exchanged.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_finds_its_word_and_nonsense_finds_none() {
        let known = ["rtc.udp_port", "rtc.tcp_port", "room.auto_create"];
        assert_eq!(nearest("rtc.udpport", known), Some("rtc.udp_port"));
        assert_eq!(nearest("ROOM.autocreate", known), Some("room.auto_create"));
        assert_eq!(nearest("weather", known), None);
    }
}

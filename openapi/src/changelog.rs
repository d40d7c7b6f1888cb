//! What the changelog says is broken on purpose: operations named under `## [Unreleased]`, `### Breaking`.
//!
//! Who breaks an operation must say so to those who read before they update; the gate of the document asks for it.

/// The text under `### Breaking` of what is not released yet; empty where there is none.
pub fn breaking(changelog: &str) -> String {
    let unreleased = |heading: &str| heading.trim().trim_matches(['[', ']']).eq_ignore_ascii_case("unreleased");
    let (mut in_unreleased, mut in_breaking, mut found) = (false, false, String::new());
    for line in changelog.lines() {
        if let Some(heading) = line.strip_prefix("## ") {
            in_unreleased = unreleased(heading);
            in_breaking = false;
        } else if let Some(heading) = line.strip_prefix("### ") {
            in_breaking = in_unreleased && heading.trim().eq_ignore_ascii_case("breaking");
        } else if in_breaking {
            found.push_str(line);
            found.push('\n');
        }
    }
    found
}

/// True where `text` names the operation as a word.
pub fn names(text: &str, operation: &str) -> bool {
    text.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_').any(|word| word == operation)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_breaking_part_of_what_is_not_released_counts() {
        let changelog = "# Changelog\n\n## [Unreleased]\n- listRooms is new\n### Breaking\n- `getRoom`: no more size\n\
                         ### Fixed\n- endRoom\n## 1.0\n### Breaking\n- listTracks\n";
        let text = breaking(changelog);
        let cases =
            [("getRoom", true), ("listRooms", false), ("endRoom", false), ("listTracks", false), ("Room", false)];
        for (operation, named) in cases {
            assert_eq!(names(&text, operation), named, "{operation}");
        }
        assert_eq!(breaking("## Unreleased\n### Breaking\nx\n"), "x\n", "without brackets too");
    }
}

//! The page of the engine profile follows from the registry.
use sfu_core::capability::{FEATURES, Profile, Support};
use std::fmt::Write;

fn page() -> String {
    let mut page = String::from(
        "# What the engine profile refuses\n\n\
         Whatever asks for one of these gets an explicit error that carries the code, in its own protocol's form.\n\
         `GET /capabilities` shows the table of the profile in force.\n",
    );
    for row in FEATURES {
        let support = |profile| match row.support(profile) {
            Support::Native => "supported",
            Support::Refused => "refused",
        };
        let code = row.code.to_lowercase();
        write!(page, "\n## {} ([{}](codes/{code}.md))\n\n{}\n\n", row.title, row.code, row.summary).unwrap();
        for profile in Profile::ALL {
            writeln!(page, "- profile `{profile}`: {}", support(profile)).unwrap();
        }
        let names: Vec<_> = row.livekit.iter().map(|name| format!("`{name}`")).collect();
        writeln!(page, "- LiveKit: {}", names.join(", ")).unwrap();
        writeln!(page, "- instead: {}", row.instead).unwrap();
    }
    page
}

#[test]
fn the_capabilities_page_follows_the_registry() {
    super::follows("capabilities.md", &page());
}

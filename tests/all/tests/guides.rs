//! Pages of the guide that follow from tables in the code are held against them. `VIADUCT_BLESS=1` writes them anew.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use sfu_core::capability::{FEATURES, Profile, Support};
use std::fmt::Write;

fn capabilities() -> String {
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
        write!(page, "\n## {} ({})\n\n{}\n\n", row.title, row.code, row.summary).unwrap();
        for profile in Profile::ALL {
            writeln!(page, "- profile `{profile}`: {}", support(profile)).unwrap();
        }
        writeln!(
            page,
            "- LiveKit: {}",
            row.livekit.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
        )
        .unwrap();
        writeln!(page, "- instead: {}", row.instead).unwrap();
    }
    page
}

#[test]
fn the_capabilities_page_follows_the_registry() {
    let path = viaduct_tests::root().join("migration-guides/src/capabilities.md");
    let expected = capabilities();
    if std::env::var_os("VIADUCT_BLESS").is_some() {
        std::fs::write(&path, &expected).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(written, expected, "run it again with VIADUCT_BLESS=1 and look at the difference");
}

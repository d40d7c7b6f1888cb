//! A page for each code of a refusal, and the index of all codes.
use livekit_api::Unbuilt;
use openapi::compat::table;
use sfu_core::capability::{FEATURES, FeatureRow, Profile, Support};
use std::fmt::Write;

fn feature_page(row: &FeatureRow) -> String {
    let names = |names: &[&str]| names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    let mut page = format!("# {}: {}\n\n{}\n\n", row.code, row.title, row.summary);
    for profile in Profile::ALL {
        let support = match row.support(profile) {
            Support::Native => "supported",
            Support::Refused => "refused",
        };
        writeln!(page, "- profile `{profile}`: {support}").unwrap();
    }
    writeln!(page, "- asked for by: {}", names(row.livekit)).unwrap();
    writeln!(page, "- key in `GET /capabilities`, metadata of refusals and metrics: `{}`", row.key).unwrap();
    writeln!(page, "- instead: {}", row.instead).unwrap();
    let affected: Vec<_> = table()
        .unwrap()
        .rows()
        .filter(|(_, of)| of.via.as_deref() == Some(row.code))
        .map(|(group, of)| {
            format!("[{}](../compat/{}.md#{}) `{}`", of.code, group.group, of.code.to_lowercase(), of.v2)
        })
        .collect();
    if !affected.is_empty() {
        writeln!(page, "- of OpenVidu v2 it touches: {}", affected.join(", ")).unwrap();
    }
    page.push_str(REFUSALS);
    page
}

const REFUSALS: &str = "\n## How the refusal looks\n\n\
    | where | what comes |\n|---|---|\n\
    | Twirp | HTTP 501, `unimplemented`, the code in the text and in `meta` |\n\
    | LiveKit signalling | the request's own error, with the code in its text; a join is never broken |\n\
    | OpenVidu REST | 501 or 406 with the code in `message` |\n\
    | OpenVidu JSON-RPC | an error of v2 (601, 997) with the code in `message` |\n\
    | admin API | `application/problem+json` with the code |\n";

fn unbuilt_page(unbuilt: Unbuilt) -> String {
    format!(
        "# {}: {}\n\nThis is not built yet, in any profile.\n\n\
         - asked for by: {}\n\
         - key in the metadata of refusals: `{}`\n\
         - instead: {}\n\n\
         The answer is HTTP 501, `unimplemented`, with the code in the text and in `meta`. Asked for by a token, it breaks no join:\n\
         the client is told in its attribute `viaduct.unsupported`.\n",
        unbuilt.code(),
        unbuilt.title(),
        unbuilt.asked_by(),
        unbuilt.key(),
        unbuilt.instead()
    )
}

fn index() -> String {
    let mut page = String::from(
        "# Codes\n\n\
         A code never changes its meaning. `VIA-01…` is what an engine profile refuses, `VIA-02…` what is not built yet, `OVM-…` a\n\
         part of OpenVidu v2 and what becomes of it.\n\n\
         ## Refusals\n\n| code | what |\n|---|---|\n",
    );
    for row in FEATURES {
        writeln!(page, "| [{}]({}.md) | {} |", row.code, row.code.to_lowercase(), row.title).unwrap();
    }
    for unbuilt in Unbuilt::ALL {
        let code = unbuilt.code();
        writeln!(page, "| [{code}]({}.md) | {} |", code.to_lowercase(), unbuilt.title()).unwrap();
    }
    page.push_str("\n## Parts of OpenVidu v2\n\n| code | part | page |\n|---|---|---|\n");
    for (group, row) in table().unwrap().rows() {
        let at = format!("../compat/{}.md#{}", group.group, row.code.to_lowercase());
        writeln!(page, "| [{}]({at}) | `{}` | {} |", row.code, row.v2, group.title).unwrap();
    }
    page
}

#[test]
fn each_code_has_its_page_and_the_index_names_all() {
    super::follows("codes/index.md", &index());
    for row in FEATURES {
        super::follows(&format!("codes/{}.md", row.code.to_lowercase()), &feature_page(row));
    }
    for unbuilt in Unbuilt::ALL {
        super::follows(&format!("codes/{}.md", unbuilt.code().to_lowercase()), &unbuilt_page(unbuilt));
    }
}

//! The pages of the compat table: one for each group, one that counts.
use openapi::compat::{Group, Kind, Row, State, Works, table};
use std::fmt::Write;

fn page(group: &Group) -> String {
    let mut page = format!("# {}\n\n{}\n", group.title, group.intro);
    for kind in Kind::ALL {
        let rows: Vec<&Row> = group.rows.iter().filter(|row| row.kind == kind).collect();
        if rows.is_empty() {
            continue;
        }
        let head = "| code | OpenVidu v2 | since | here | to LiveKit | LiveKit | SDK |\n|---|---|---|---|---|---|---|";
        writeln!(page, "\n## {}\n\n{head}", heading(kind)).unwrap();
        for row in &rows {
            let code = |text: &Option<String>| text.as_ref().map_or("–".to_owned(), |text| format!("`{text}`"));
            let anchor = row.code.to_lowercase();
            writeln!(
                page,
                "| <a id=\"{anchor}\"></a>{} | `{}` | {} | {} | {} | {} | {} |",
                row.code,
                row.v2,
                row.since.replace('<', "&lt;").replace('>', "&gt;"),
                here(row),
                row.state.name(),
                code(&row.livekit),
                code(&row.sdk)
            )
            .unwrap();
        }
        let notes: Vec<_> = rows.iter().filter_map(|row| Some((row, row.note.as_ref()?))).collect();
        if !notes.is_empty() {
            page.push('\n');
        }
        for (row, note) in notes {
            writeln!(page, "- {}, `{}`: {note}", row.code, row.v2).unwrap();
        }
    }
    page
}

const fn heading(kind: Kind) -> &'static str {
    match kind {
        Kind::Rest => "REST operations",
        Kind::Rpc => "JSON-RPC methods",
        Kind::Notification => "Notifications",
        Kind::Option => "Options",
        Kind::Method => "Methods of openvidu-browser",
        Kind::Event => "Events of openvidu-browser",
        Kind::Value => "Values of events",
        Kind::Webhook => "Events of webhooks and call detail records",
        Kind::Config => "Names of the `.env`",
    }
}

fn here(row: &Row) -> String {
    match &row.via {
        Some(via) => format!("{}, see [{via}](../codes/{}.md)", row.works.name(), via.to_lowercase()),
        None => row.works.name().to_owned(),
    }
}

fn overview() -> String {
    let mut page = String::from(
        "# Every part of OpenVidu v2\n\n\
         One table (`migration-guides/compat.yaml`) has a row for every part of OpenVidu v2: REST operations, JSON-RPC methods,\n\
         notifications, methods and events of openvidu-browser, options, webhooks and names of the `.env`. These pages, the marks\n\
         `x-v2-status`, `x-livekit-equivalent` and `x-migration-code` of the API's document, and the usage report follow from it.\n\n\
         *Here* says what a part does on this server:\n\n\
         | word | means |\n|---|---|\n\
         | full | all that it did; a test shows it |\n\
         | part | some of it; the note says which |\n\
         | refused | an explicit error |\n\
         | no | nothing; the note says why |\n\n\
         *To LiveKit* says what an app does with it when it moves:\n\n\
         | word | means | kept of its weight in the [readiness score](../moving.md#how-far-am-i) |\n|---|---|---|\n\
         | direct | the same under another name | 100 % |\n\
         | adapt | the like in another shape | 60 % |\n\
         | redesign | done in another way altogether | 20 % |\n\
         | none | there is no such thing | 0 % |\n\n\
         `–`: there is no equivalent.\n\n\
         | part | rows | full | part | refused | no |\n|---|---|---|---|---|---|\n",
    );
    let count = |rows: &[&Row], works: Works| rows.iter().filter(|row| row.works == works).count();
    let groups = table().unwrap().groups();
    let all: Vec<&Row> = groups.iter().flat_map(|group| &group.rows).collect();
    let line = |name: &str, rows: &[&Row]| {
        let [full, part, refused, no] =
            [Works::Full, Works::Part, Works::Refused, Works::No].map(|works| count(rows, works));
        format!("| {name} | {} | {full} | {part} | {refused} | {no} |\n", rows.len())
    };
    for group in groups {
        let rows: Vec<&Row> = group.rows.iter().collect();
        page.push_str(&line(&format!("[{}]({}.md)", group.title, group.group), &rows));
    }
    page.push_str(&line("all", &all));
    let by_state: Vec<_> = State::ALL
        .map(|state| format!("{} {}", all.iter().filter(|row| row.state == state).count(), state.name()))
        .into();
    writeln!(page, "\nTo LiveKit: {}.", by_state.join(", ")).unwrap();
    page
}

#[test]
fn each_group_of_the_compat_table_has_its_page() {
    super::follows("compat/index.md", &overview());
    for group in table().unwrap().groups() {
        super::follows(&format!("compat/{}.md", group.group), &page(group));
    }
}

#[test]
fn no_page_is_left_of_a_group_that_is_gone() {
    let known: Vec<String> =
        table().unwrap().groups().iter().map(|group| format!("compat/{}.md", group.group)).collect();
    for (path, _) in super::pages().iter().filter(|(path, _)| path.starts_with("compat/")) {
        assert!(path == "compat/index.md" || known.contains(path), "{path}");
    }
}

//! `GET /docs/problems`: where the `type` of each problem+json leads. Made of the table, without scripts.
use super::problem_kind::PROBLEMS;
use actix_web::{HttpResponse, web};
use std::fmt::Write;

const STYLE: &str = "body{font:1rem/1.5 system-ui,sans-serif;max-width:44rem;margin:2rem auto;padding:0 1rem;\
color-scheme:light dark}code{font-size:.95em}h2{margin-top:2rem;scroll-margin-top:1rem}:target{outline:2px solid}";

pub(super) fn configure(app: &mut web::ServiceConfig) {
    app.route("/docs/problems", web::get().to(page));
}

async fn page() -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        .insert_header(("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'"))
        .body(text())
}

fn text() -> String {
    let mut html = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" \
         content=\"width=device-width\"><title>Viaduct: problems of the admin API</title><style>{STYLE}</style>\
         <h1>Problems of the admin API</h1><p>The <code>type</code> of each error of <code>/admin/v1</code> leads \
         here. The errors of the OpenVidu v2 and LiveKit APIs are those protocols' own; see <a href=\"/docs/\">the \
         documentation</a>.</p>"
    );
    for row in &PROBLEMS {
        // Writing to a string does not fail.
        let _ = write!(
            html,
            "<h2 id=\"{}\">{} <small>({}, HTTP {})</small></h2><p>{}</p>",
            row.slug, row.title, row.slug, row.status, row.hint
        );
    }
    html + "</html>"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_problem_has_its_place_on_the_page() {
        let text = text();
        for row in &PROBLEMS {
            assert!(text.contains(&format!("<h2 id=\"{}\">", row.slug)), "{}", row.slug);
        }
    }
}

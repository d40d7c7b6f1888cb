//! `/guide`: the pages of the migration guide as they were written, built in, so that a code in an error leads to its page
//! without a network. They are Markdown, shown as text.
use actix_web::{HttpResponse, web};
use rust_embed::RustEmbed;

#[derive(RustEmbed)]
#[folder = "../migration-guides/src/"]
struct Pages;

/// Where the pages begin.
const ROOT: &str = "/guide";

pub(super) fn configure(app: &mut web::ServiceConfig) {
    for path in ["/guide", "/guide/"] {
        app.route(path, web::get().to(async || page("SUMMARY.md")));
    }
    app.route("/guide/{page:.+}", web::get().to(async |path: web::Path<String>| page(&path)));
}

fn page(path: &str) -> HttpResponse {
    match Pages::get(path) {
        Some(file) => HttpResponse::Ok().content_type("text/plain; charset=utf-8").body(file.data.into_owned()),
        None => HttpResponse::NotFound().content_type("text/plain; charset=utf-8").body("the guide has no such page"),
    }
}

/// The page of a code like `VIA-0101`; `None`: it has none.
pub(crate) fn of_code(code: &str) -> Option<String> {
    let page = format!("codes/{}.md", code.to_lowercase());
    Pages::get(&page).map(|_| format!("{ROOT}/{page}"))
}

/// The place of a row of the compat table.
pub(crate) fn of_part(group: &str, code: &str) -> String {
    format!("{ROOT}/compat/{group}.md#{}", code.to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::{App, test};
    use sfu_core::capability::FEATURES;

    #[actix_web::test]
    async fn every_code_leads_to_a_page_that_is_there() {
        let app = test::init_service(App::new().configure(configure)).await;
        let mut pages: Vec<String> = FEATURES.iter().map(|row| of_code(row.code).unwrap()).collect();
        let rows = openapi::compat::table().unwrap().rows();
        pages.extend(rows.map(|(group, row)| of_part(&group.group, &row.code)));
        pages.push("/guide".to_owned());
        pages.dedup_by(|one, other| one.split('#').next() == other.split('#').next());
        for page in pages {
            let path = page.split('#').next().unwrap();
            let answer = test::call_service(&app, test::TestRequest::get().uri(path).to_request()).await;
            assert_eq!(answer.status(), 200, "{page}");
        }
        let answer = test::call_service(&app, test::TestRequest::get().uri("/guide/../Cargo.toml").to_request()).await;
        assert_eq!(answer.status(), 404);
        assert_eq!(of_code("VIA-9999"), None);
    }
}

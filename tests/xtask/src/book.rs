//! The migration guide as a book: built by mdBook without a complaint, and every link of what it made leads somewhere.
//!
//! The sources' links are a test of their own (`tests/all/tests/guides`); here the pages are read as browsers get them.
use crate::install;
use crate::run::{Failure, Step, root};
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

/// A page's places and links.
struct Page {
    places: HashSet<String>,
    links: Vec<String>,
}

/// Builds it into `target/book` and looks at it.
pub fn build() -> Result<(), Failure> {
    let book = root().join("target").join("book");
    let program = install::mdbook()?;
    let told =
        Step::new(&program.to_string_lossy()).args(["build", "migration-guides", "-d"]).args([&book]).output()?;
    if let Some(complaint) = told.lines().find(|line| line.contains("WARN") || line.contains("ERROR")) {
        return Err(Failure::Found(format!("mdbook complains: {complaint}")));
    }
    let book = book.canonicalize().map_err(|error| Failure::Found(format!("{}: {error}", book.display())))?;
    let pages = read(&book)?;
    let (mut checked, mut dead) = (0, Vec::new());
    for (path, page) in &pages {
        for link in page.links.iter().filter(|link| !link.contains(':')) {
            checked += 1;
            if !leads_somewhere(&book, &pages, path, link) {
                dead.push(format!("{}: {link}", path.display()));
            }
        }
    }
    if !dead.is_empty() || checked == 0 {
        return Err(Failure::Found(format!("{checked} links, dead: {}", dead.join(", "))));
    }
    println!("{}: {} pages, {checked} links, none dead", book.join("index.html").display(), pages.len());
    Ok(())
}

fn leads_somewhere(book: &Path, pages: &HashMap<PathBuf, Page>, from: &Path, link: &str) -> bool {
    let (path, place) = link.split_once('#').unwrap_or((link, ""));
    let target = if path.is_empty() { from.to_owned() } else { from.with_file_name("").join(path) };
    let Ok(target) = target.canonicalize() else { return false };
    // A page of the book has its places; what else is there, styles and scripts, has none.
    match pages.get(&target) {
        Some(page) => place.is_empty() || page.places.contains(place),
        None => place.is_empty() && target.starts_with(book),
    }
}

/// Every page below `folder`. The page that a web server shows for an unknown path has links of its own kind.
fn read(folder: &Path) -> Result<HashMap<PathBuf, Page>, Failure> {
    let unreadable = |error: std::io::Error| Failure::Found(format!("{}: {error}", folder.display()));
    let mut pages = HashMap::new();
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.and_then(|entry| entry.path().canonicalize()).map_err(unreadable)?;
        if path.is_dir() {
            pages.extend(read(&path)?);
        } else if path.extension().is_some_and(|kind| kind == "html") && !path.ends_with("404.html") {
            let text = std::fs::read_to_string(&path).map_err(unreadable)?;
            let links = values(&text, " href=\"").chain(values(&text, " src=\"")).collect();
            pages.insert(path, Page { places: values(&text, " id=\"").collect(), links });
        }
    }
    Ok(pages)
}

/// The values of an attribute.
fn values<'a>(text: &'a str, attribute: &'a str) -> impl Iterator<Item = String> + 'a {
    text.split(attribute).skip(1).filter_map(|rest| Some(rest.split_once('"')?.0.replace("&amp;", "&")))
}

//! The example file and the documentation's table, made from the table of settings.
use super::key::Key;
use super::keys::KEYS;

/// `config.example.yaml`: every setting with its default, commented out.
pub fn example() -> String {
    let mut text = String::from(
        "# Every setting of Viaduct with its default. Made by `viaduct config example`.\n\
         # The last of these wins: defaults, this file, a v2 .env (--env-file), environment, flags.\n",
    );
    let mut open: Vec<&str> = Vec::new();
    for key in KEYS {
        let mut parts: Vec<&str> = key.path.split('.').collect();
        let name = parts.pop().unwrap_or_default();
        let shared = open.iter().zip(&parts).take_while(|(one, other)| one == other).count();
        if parts.is_empty() || shared == 0 {
            text.push('\n');
        }
        for (depth, part) in parts.iter().enumerate().skip(shared) {
            text.push_str(&format!("#{}{part}:\n", "  ".repeat(depth)));
        }
        let indent = "  ".repeat(parts.len());
        text.push_str(&format!("# {}\n", described(key)));
        text.push_str(&format!("#{indent}{name}: {}\n", written(key.default)));
        open = parts;
    }
    text
}

/// The documentation's table, Markdown.
pub fn document() -> String {
    let mut text = String::from(
        "| key | takes | default | flag | environment | OpenVidu v2 `.env` | what for |\n|---|---|---|---|---|---|---|\n",
    );
    for key in KEYS {
        let code = |text: &str| if text.is_empty() { String::new() } else { format!("`{text}`") };
        let default = match key.dev_default {
            Some(dev) => format!("{} (`--dev`: `{dev}`)", code(key.default)).trim_start().to_owned(),
            None => code(key.default),
        };
        let flag = key.flag.map(|flag| format!("`--{flag}`")).unwrap_or_default();
        let variables: Vec<String> =
            key.variables().iter().filter(|name| Some(name.as_str()) != key.v2).map(|name| code(name)).collect();
        let row = [
            code(key.path),
            key.kind.allowed(),
            default,
            flag,
            variables.join(" "),
            code(key.v2.unwrap_or_default()),
            key.doc.to_owned(),
        ];
        text.push_str(&format!("| {} |\n", row.join(" | ")));
    }
    text
}

fn described(key: &Key) -> String {
    let v2 = key.v2.map(|name| format!(" OpenVidu: {name}.")).unwrap_or_default();
    let dev = key.dev_default.map(|default| format!(" In development mode: {default}.")).unwrap_or_default();
    format!("{} Takes {}.{dev}{v2}", key.doc, key.kind.allowed())
}

/// A default as YAML, quoted where it would be taken for something else.
fn written(default: &str) -> String {
    if default.is_empty() || default.contains([':', ',', '*']) { format!("\"{default}\"") } else { default.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{resolve::resolve, yaml};
    use std::path::Path;

    /// The example with its settings switched on.
    fn switched_on() -> String {
        let on = |line: &str| match line.strip_prefix('#') {
            Some(rest) if !rest.starts_with(' ') || rest.starts_with("  ") => rest.to_owned(),
            Some(_) | None => String::new(),
        };
        example().lines().map(on).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn the_example_is_a_file_that_says_the_defaults() {
        let layer = yaml::read("example", &switched_on());
        assert_eq!(layer.problems, []);
        let said: Vec<&str> = layer.settings.iter().map(|set| set.key.path).collect();
        let all: Vec<&str> = KEYS.iter().map(|key| key.path).collect();
        assert_eq!(said, all);
        // A text that is unset is written as an empty one, which some kinds do not take.
        let filled = layer.settings.into_iter().filter(|set| !set.key.default.is_empty()).collect();
        let (settings, problems) =
            resolve(vec![crate::config::layer::Layer { settings: filled, ..Default::default() }]);
        assert_eq!(problems, []);
        let (defaults, _) = resolve(Vec::new());
        for key in KEYS {
            assert_eq!(settings.value(key), defaults.value(key), "{}", key.path);
        }
    }

    #[test]
    fn committed_files_are_what_the_table_says() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let bless = std::env::var_os("VIADUCT_BLESS").is_some();
        for (path, text) in [("config.example.yaml", example()), ("docs/configuration-table.md", document())] {
            let path = root.join(path);
            if bless {
                std::fs::create_dir_all(path.parent().unwrap()).unwrap();
                std::fs::write(&path, &text).unwrap();
            }
            let committed = std::fs::read_to_string(&path).unwrap_or_default();
            assert!(committed == text, "{} is stale: run this test with VIADUCT_BLESS=1", path.display());
        }
    }
}

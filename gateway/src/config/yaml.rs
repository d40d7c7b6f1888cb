//! The YAML file: a tree with line numbers, matched against the table.
use super::foreign;
use super::key::{Key, Kind, Raw};
use super::keys::KEYS;
use super::layer::{Layer, Place, Problem, Setting};
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::Spanned;
use std::collections::BTreeMap;
use std::fmt;

/// Reads `source`, the text of the file called `name`.
pub fn read(name: &str, source: &str) -> Layer {
    let mut layer = Layer::default();
    if source.lines().all(|line| line.trim().is_empty() || line.trim_start().starts_with('#')) {
        return layer;
    }
    match serde_saphyr::from_str::<Node>(source) {
        Ok(root) => Reader { name, source, layer: &mut layer }.section("", &root),
        Err(error) => {
            layer.unreadable = true;
            layer.problems.push(Problem::new(name, error.to_string().lines().next().unwrap_or_default()));
        }
    }
    layer
}

/// A value with its place.
struct Node {
    tree: Tree,
    line: u64,
    /// Its bytes in the source.
    bytes: Option<(usize, usize)>,
}

enum Tree {
    Nothing,
    /// A text, or what YAML takes for a number or a truth value, as it printed it.
    Scalar(String),
    /// A text that was quoted or is nothing but a text.
    Text(String),
    List(Vec<Node>),
    Map(Vec<(String, Node)>),
}

struct Reader<'a> {
    name: &'a str,
    source: &'a str,
    layer: &'a mut Layer,
}

impl Reader<'_> {
    fn section(&mut self, prefix: &str, node: &Node) {
        let entries = match &node.tree {
            Tree::Map(entries) => entries,
            Tree::Nothing => return,
            Tree::Scalar(_) | Tree::Text(_) | Tree::List(_) => {
                let what = if prefix.is_empty() { "the file" } else { prefix.trim_end_matches('.') };
                let problem = Problem::new(self.place(node), format!("{what} must be a section of `key: value` lines"));
                return self.layer.problems.push(problem);
            }
        };
        for (name, value) in entries {
            self.entry(&format!("{prefix}{name}"), value);
        }
    }

    fn entry(&mut self, path: &str, node: &Node) {
        let place = self.place(node);
        if let Some(key) = KEYS.iter().find(|key| key.path == path) {
            return match self.raw(key, node) {
                Some(raw) => self.layer.settings.push(Setting { key, raw, place }),
                None if matches!(node.tree, Tree::Nothing) => {}
                None => {
                    let text = format!("{path}: write {}", key.kind.allowed());
                    self.layer.problems.push(Problem::new(&place, text));
                }
            };
        }
        let section = format!("{path}.");
        if KEYS.iter().any(|key| key.path.starts_with(&section)) {
            return self.section(&section, node);
        }
        if let Some(why) = foreign::why(path) {
            let note = Problem::new(&place, format!("{path}: not acted upon: {why}"));
            return self.layer.notes.push(note);
        }
        self.layer.problems.push(Problem::unknown(&place, path, KEYS.iter().map(|key| key.path)));
    }

    fn raw(&self, key: &Key, node: &Node) -> Option<Raw> {
        match (&node.tree, key.kind) {
            (Tree::List(items), Kind::Records(_)) => {
                items.iter().map(|item| self.map(item)).collect::<Option<Vec<_>>>().map(Raw::Records)
            }
            (Tree::List(items), _) => {
                items.iter().map(|item| self.text(item)).collect::<Option<Vec<_>>>().map(Raw::List)
            }
            (Tree::Map(entries), Kind::Sections) => Some(Raw::Map(
                entries.iter().map(|(name, section)| (name.clone(), json(section).to_string())).collect(),
            )),
            (Tree::Map(_), _) => self.map(node).map(Raw::Map),
            (Tree::Scalar(_) | Tree::Text(_), _) => self.text(node).map(Raw::Text),
            (Tree::Nothing, _) => None,
        }
    }

    fn map(&self, node: &Node) -> Option<BTreeMap<String, String>> {
        let Tree::Map(entries) = &node.tree else { return None };
        entries.iter().map(|(name, value)| Some((name.clone(), self.text(value)?))).collect()
    }

    /// A scalar's text as it was written: a secret of digits is no number.
    fn text(&self, node: &Node) -> Option<String> {
        match &node.tree {
            Tree::Text(text) => Some(text.clone()),
            Tree::Scalar(printed) => {
                let written = node.bytes.and_then(|(at, length)| self.source.get(at..at.checked_add(length)?));
                Some(written.map_or(printed.as_str(), str::trim).to_owned())
            }
            Tree::Nothing | Tree::List(_) | Tree::Map(_) => None,
        }
    }

    fn place(&self, node: &Node) -> Place {
        Place::Line(self.name.to_owned(), node.line)
    }
}

/// A section as JSON.
fn json(node: &Node) -> serde_json::Value {
    use serde_json::Value;
    match &node.tree {
        Tree::Nothing => Value::Null,
        Tree::Scalar(printed) => serde_json::from_str(printed).unwrap_or_else(|_| Value::String(printed.clone())),
        Tree::Text(text) => Value::String(text.clone()),
        Tree::List(items) => Value::Array(items.iter().map(json).collect()),
        Tree::Map(entries) => Value::Object(entries.iter().map(|(name, value)| (name.clone(), json(value))).collect()),
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let spanned = Spanned::<Tree>::deserialize(deserializer)?;
        let span = spanned.referenced.span();
        let number = |number: u64| usize::try_from(number).ok();
        let bytes = span.byte_offset().and_then(number).zip(span.byte_len().and_then(number));
        Ok(Self { tree: spanned.value, line: spanned.referenced.line(), bytes })
    }
}

impl<'de> Deserialize<'de> for Tree {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TreeVisitor)
    }
}

struct TreeVisitor;

impl<'de> Visitor<'de> for TreeVisitor {
    type Value = Tree;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Tree, E> {
        Ok(Tree::Scalar(value.to_string()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Tree, E> {
        Ok(Tree::Scalar(value.to_string()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Tree, E> {
        Ok(Tree::Scalar(value.to_string()))
    }

    fn visit_i128<E>(self, value: i128) -> Result<Tree, E> {
        Ok(Tree::Scalar(value.to_string()))
    }

    fn visit_u128<E>(self, value: u128) -> Result<Tree, E> {
        Ok(Tree::Scalar(value.to_string()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Tree, E> {
        Ok(Tree::Scalar(value.to_string()))
    }

    fn visit_str<E>(self, value: &str) -> Result<Tree, E> {
        Ok(Tree::Text(value.to_owned()))
    }

    fn visit_none<E>(self) -> Result<Tree, E> {
        Ok(Tree::Nothing)
    }

    fn visit_unit<E>(self) -> Result<Tree, E> {
        Ok(Tree::Nothing)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Tree, D::Error> {
        Tree::deserialize(deserializer)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Tree, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Tree::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Tree, A::Error> {
        let mut map = Vec::new();
        while let Some(entry) = entries.next_entry()? {
            map.push(entry);
        }
        Ok(Tree::Map(map))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(layer: &Layer) -> Vec<(&str, String, Raw)> {
        layer.settings.iter().map(|set| (set.key.path, set.place.to_string(), set.raw.clone())).collect()
    }

    #[test]
    fn values_come_with_their_line_and_as_they_were_written() {
        let source = "port: 7980\nrtc:\n  udp_port: 7882-7884\n  node_ip: [192.0.2.1]\nkeys:\n  key1: 00123456789012345678901234567890\n";
        let layer = read("v.yaml", source);
        assert_eq!(layer.problems, []);
        let keys = BTreeMap::from([("key1".to_owned(), "00123456789012345678901234567890".to_owned())]);
        assert_eq!(
            said(&layer),
            [
                ("port", "v.yaml:1".to_owned(), Raw::Text("7980".into())),
                ("rtc.udp_port", "v.yaml:3".to_owned(), Raw::Text("7882-7884".into())),
                ("rtc.node_ip", "v.yaml:4".to_owned(), Raw::List(vec!["192.0.2.1".into()])),
                ("keys", "v.yaml:6".to_owned(), Raw::Map(keys)),
            ]
        );
    }

    #[test]
    fn unknown_keys_are_told_with_their_place_and_the_nearest_known_one() {
        let layer = read("v.yaml", "prot: 1\nrtc:\n  udp_prt: 2\nnonsense_word: 3\n");
        let problems: Vec<String> = layer.problems.iter().map(ToString::to_string).collect();
        assert_eq!(
            problems,
            [
                "v.yaml:1: unknown key prot; did you mean port?",
                "v.yaml:3: unknown key rtc.udp_prt; did you mean rtc.udp_port?",
                "v.yaml:4: unknown key nonsense_word",
            ]
        );
    }

    #[test]
    fn what_only_livekit_acts_upon_is_a_note() {
        let layer = read(
            "v.yaml",
            "redis:\n  address: localhost:6379\nrtc:\n  use_mdns: true\ningress:\n  rtmp_base_url: rtmp://h\n",
        );
        assert_eq!(layer.problems, []);
        assert_eq!(layer.notes.len(), 3);
    }

    #[test]
    fn a_file_that_is_no_yaml_is_one_problem() {
        for source in ["port: [1", "port: 1\nport: 2", "- a"] {
            assert_eq!(read("v.yaml", source).problems.len(), 1, "{source}");
        }
        assert_eq!(read("v.yaml", "# nothing\n\n"), Layer::default());
    }
}

//! Recorded dialogues as expectations: names in angle brackets stand for whatever came first in their place.
use serde_json::Value;
use std::collections::HashMap;

/// What the names stand for so far.
#[derive(Default)]
pub struct Bindings(HashMap<String, String>);

/// Keys whose values are the server's own affair: any text will do.
const FREE: &[&str] = &["VERSION"];

impl Bindings {
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    pub fn bind(&mut self, name: &str, value: &str) {
        self.0.insert(name.to_owned(), value.to_owned());
    }

    /// A text with the names replaced by what they stand for.
    pub fn fill_text(&self, text: &str) -> String {
        let mut filled = String::new();
        for part in parts(text) {
            match part {
                Part::Literal(literal) => filled.push_str(literal),
                Part::Name(name) => filled.push_str(self.get(name).unwrap_or(name)),
            }
        }
        filled
    }

    /// A value with the names replaced.
    pub fn fill(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.fill_text(text)),
            Value::Array(items) => items.iter().map(|item| self.fill(item)).collect(),
            Value::Object(map) => map.iter().map(|(key, value)| (key.clone(), self.fill(value))).collect(),
            other => other.clone(),
        }
    }

    /// Whether what came is what was expected; names that are new are bound.
    pub fn expect(&mut self, expected: &Value, got: &Value) -> Result<(), String> {
        match (expected, got) {
            (Value::Object(expected), Value::Object(got)) => {
                for key in got.keys() {
                    if !expected.contains_key(key) {
                        return Err(format!("unexpected key {key}"));
                    }
                }
                for (key, value) in expected {
                    let Some(other) = got.get(key) else { return Err(format!("key {key} is missing")) };
                    if FREE.contains(&key.as_str()) && other.is_string() {
                        continue;
                    }
                    self.expect(value, other).map_err(|why| format!("{key}: {why}"))?;
                }
                Ok(())
            }
            (Value::Array(expected), Value::Array(got)) if expected.len() == got.len() => {
                self.expect_items(expected, got)
            }
            (Value::String(expected), got) => self.expect_text(expected, got),
            (expected, got) if expected == got => Ok(()),
            (expected, got) => Err(format!("expected {expected}, got {got}")),
        }
    }

    /// The items in their order, or else in any: lists of participants have none.
    fn expect_items(&mut self, expected: &[Value], got: &[Value]) -> Result<(), String> {
        let before = self.0.clone();
        let in_order = expected.iter().zip(got).try_for_each(|(expected, got)| self.expect(expected, got));
        if in_order.is_ok() {
            return in_order;
        }
        self.0 = before;
        let mut left: Vec<&Value> = got.iter().collect();
        for item in expected {
            let at = left.iter().position(|candidate| {
                let before = self.0.clone();
                let fits = self.expect(item, candidate).is_ok();
                if !fits {
                    self.0 = before;
                }
                fits
            });
            left.remove(at.ok_or_else(|| in_order.clone().unwrap_err())?);
        }
        Ok(())
    }

    fn expect_text(&mut self, expected: &str, got: &Value) -> Result<(), String> {
        match (expected, got) {
            ("<time>", Value::Number(_)) | ("<null>", Value::Null) | ("<any>", _) => return Ok(()),
            (_, Value::String(_)) => {}
            (_, got) => return Err(format!("expected {expected:?}, got {got}")),
        }
        let mut rest = got.as_str().unwrap_or_default();
        let wrong = || format!("expected {:?}, got {got}", self.fill_text(expected));
        let mut found = Vec::new();
        for part in parts(expected) {
            match part {
                Part::Literal(literal) => rest = rest.strip_prefix(literal).ok_or_else(wrong)?,
                Part::Name("<sdp>") => rest = if rest.starts_with("v=0\r\n") { "" } else { return Err(wrong()) },
                Part::Name("<message>" | "<turn>" | "<user>") => rest = "",
                Part::Name(name) => {
                    let known = self.get(name).map(str::to_owned);
                    let value = match known {
                        Some(known) => known,
                        None => {
                            let end = rest.find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
                            rest.get(..end.unwrap_or(rest.len())).unwrap_or_default().to_owned()
                        }
                    };
                    let fits = match name.split([' ', '>']).next().unwrap_or_default() {
                        "<con" => value.starts_with("con_") && value.len() == 14,
                        "<stream" => value.starts_with("str_"),
                        "<token" => value.starts_with("tok_") && value.len() == 20,
                        "<session" => value.starts_with("ses_") && value.len() == 14,
                        "<rpc" => value.len() == 26,
                        _ => false,
                    };
                    rest = rest.strip_prefix(&value).filter(|_| fits).ok_or_else(wrong)?;
                    found.push((name.to_owned(), value));
                }
            }
        }
        if !rest.is_empty() {
            return Err(wrong());
        }
        self.0.extend(found);
        Ok(())
    }
}

enum Part<'a> {
    Literal(&'a str),
    Name(&'a str),
}

/// Splits a text at its names.
fn parts(text: &str) -> Vec<Part<'_>> {
    let kinds =
        ["<con ", "<stream ", "<token ", "<session ", "<rpc ", "<sdp>", "<time>", "<message>", "<turn>", "<user>"];
    let (mut parts, mut rest) = (Vec::new(), text);
    loop {
        let at = kinds.iter().filter_map(|kind| rest.find(kind)).min();
        let Some(at) = at else { break };
        let end = rest[at..].find('>').map_or(rest.len(), |end| at + end + 1);
        parts.push(Part::Literal(&rest[..at]));
        parts.push(Part::Name(&rest[at..end]));
        rest = &rest[end..];
    }
    parts.push(Part::Literal(rest));
    parts
}

//! What a document breaks of the one that was accepted last: pure comparison of two JSON values.
//!
//! Broken is what an app that was written to the old document can stumble over: an operation or answer that is gone, a
//! property that is gone or is not always there any more, a narrower type of what is sent, another one of what comes back,
//! an input that was not needed before. What is new and optional breaks nothing. Schemas are `schema_diff`'s.
use crate::schema_diff::{Direction, Schemas};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

const METHODS: [&str; 8] = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

/// Something that is broken.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Break {
    /// The operation's id in the accepted document; method and path where it had none.
    pub operation: String,
    /// What is broken.
    pub what: String,
}

impl std::fmt::Display for Break {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.operation, self.what)
    }
}

/// An operation with the parameters that its path gives it.
struct Operation<'a> {
    value: &'a Value,
    parameters: BTreeMap<(String, String), &'a Value>,
}

/// What `new` breaks of `old`.
pub fn breaks(old: &Value, new: &Value) -> Vec<Break> {
    let (before, after) = (operations(old), operations(new));
    let mut found = Vec::new();
    for (place, was) in &before {
        let id = was.value["operationId"].as_str().map_or_else(|| format!("{} {}", place.1, place.0), str::to_owned);
        let mut comparison = Comparison { schemas: Schemas { old, new }, found: Vec::new() };
        match after.get(place) {
            None => comparison.found.push("the operation is gone".to_owned()),
            Some(is) => comparison.operation(was, is),
        }
        found.extend(comparison.found.into_iter().map(|what| Break { operation: id.clone(), what }));
    }
    found.sort();
    found.dedup();
    found
}

fn operations(document: &Value) -> BTreeMap<(String, String), Operation<'_>> {
    let mut found = BTreeMap::new();
    for (path, item) in document["paths"].as_object().into_iter().flatten() {
        for method in METHODS {
            let Some(value) = item.get(method) else { continue };
            let lists = [item.get("parameters"), value.get("parameters")];
            let all = lists.into_iter().flatten().filter_map(Value::as_array).flatten();
            let parameters = all.map(|parameter| {
                let text = |name: &str| parameter[name].as_str().unwrap_or_default().to_owned();
                ((text("in"), text("name")), parameter)
            });
            found.insert((path.clone(), method.to_owned()), Operation { value, parameters: parameters.collect() });
        }
    }
    found
}

struct Comparison<'a> {
    schemas: Schemas<'a>,
    found: Vec<String>,
}

impl Comparison<'_> {
    fn operation(&mut self, was: &Operation<'_>, is: &Operation<'_>) {
        if was.value["operationId"] != is.value["operationId"] {
            self.found.push(format!("it is called {} now", is.value["operationId"]));
        }
        self.parameters(was, is);
        self.request(&was.value["requestBody"], &is.value["requestBody"]);
        self.answers(&was.value["responses"], &is.value["responses"]);
    }

    fn parameters(&mut self, was: &Operation<'_>, is: &Operation<'_>) {
        let required = |parameter: &Value| parameter["required"] == true;
        for ((place, name), old) in &was.parameters {
            let Some(new) = is.parameters.get(&(place.clone(), name.clone())) else {
                self.found.push(format!("the {place} parameter {name} is gone"));
                continue;
            };
            if required(new) && !required(old) {
                self.found.push(format!("the {place} parameter {name} is needed now"));
            }
            self.schema(&old["schema"], &new["schema"], Direction::Sent, &format!("{place} parameter {name}"));
        }
        for ((place, name), new) in &is.parameters {
            if required(new) && !was.parameters.contains_key(&(place.clone(), name.clone())) {
                self.found.push(format!("the {place} parameter {name} is new and needed"));
            }
        }
    }

    fn request(&mut self, was: &Value, is: &Value) {
        if is["required"] == true && was["required"] != true {
            self.found.push("a body is needed now".to_owned());
        }
        if was.is_object() && is.is_null() {
            self.found.push("it takes no body any more".to_owned());
            return;
        }
        self.contents(&was["content"], &is["content"], Direction::Sent, "body");
    }

    fn answers(&mut self, was: &Value, is: &Value) {
        for (status, old) in object(was) {
            let Some(new) = is.get(status) else {
                self.found.push(format!("the answer {status} is gone"));
                continue;
            };
            self.contents(&old["content"], &new["content"], Direction::Received, &format!("answer {status}"));
            for (name, _) in object(&old["headers"]) {
                if new["headers"].get(name).is_none() {
                    self.found.push(format!("the answer {status} has no header {name} any more"));
                }
            }
        }
    }

    fn contents(&mut self, was: &Value, is: &Value, direction: Direction, place: &str) {
        for (kind, old) in object(was) {
            match is.get(kind) {
                None => self.found.push(format!("the {place} is not {kind} any more")),
                Some(new) => self.schema(&old["schema"], &new["schema"], direction, place),
            }
        }
    }

    fn schema(&mut self, was: &Value, is: &Value, direction: Direction, place: &str) {
        self.found.extend(self.schemas.breaks(was, is, direction, place));
    }
}

fn object(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flat_map(Map::iter)
}

#[cfg(test)]
mod tests;

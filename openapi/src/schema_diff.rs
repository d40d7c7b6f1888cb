//! Whether values of one schema fit another: what is sent must still be taken, what is received must still be understood.
//!
//! A small part of JSON Schema: types, properties, required ones, items, enums, bounds, `allOf`, and alternatives. Whatever
//! else a schema says is not compared.
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

/// How deep references are followed: schemas that hold themselves end here.
const DEPTH_MAX: usize = 24;

/// Which way values of a schema go.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Direction {
    /// Clients send them.
    Sent,
    /// Clients receive them.
    Received,
}

/// The documents that schemas refer to.
#[derive(Clone, Copy)]
pub(crate) struct Schemas<'a> {
    pub(crate) old: &'a Value,
    pub(crate) new: &'a Value,
}

/// A schema with its references followed and its `allOf` laid together.
#[derive(Default)]
struct Flat {
    /// Empty: any.
    types: BTreeSet<String>,
    properties: BTreeMap<String, Value>,
    required: BTreeSet<String>,
    items: Option<Value>,
    choices: Option<BTreeSet<String>>,
    bounds: BTreeMap<&'static str, f64>,
    alternatives: Vec<Value>,
}

/// Bounds and whether a greater number is narrower.
const BOUNDS: [(&str, bool); 6] = [
    ("minimum", true),
    ("maximum", false),
    ("minLength", true),
    ("maxLength", false),
    ("minItems", true),
    ("maxItems", false),
];

impl Schemas<'_> {
    /// What is broken, in words; `place` says where.
    pub(crate) fn breaks(&self, was: &Value, is: &Value, direction: Direction, place: &str) -> Vec<String> {
        let mut found = Vec::new();
        self.compare(was, is, direction, place, 0, &mut found);
        found
    }

    fn compare(
        &self,
        was: &Value,
        is: &Value,
        direction: Direction,
        place: &str,
        depth: usize,
        found: &mut Vec<String>,
    ) {
        if depth > DEPTH_MAX || (was == is && std::ptr::eq(self.old, self.new)) {
            return;
        }
        let (old, new) = (flat(self.old, was), flat(self.new, is));
        if !old.alternatives.is_empty() || !new.alternatives.is_empty() {
            return self.alternatives((&old, was), (&new, is), direction, place, depth, found);
        }
        types(&old, &new, direction, place, found);
        choices(&old, &new, direction, place, found);
        bounds(&old, &new, direction, place, found);
        required(&old, &new, direction, place, found);
        for (name, was) in &old.properties {
            match new.properties.get(name) {
                None if new.types.is_empty() && new.properties.is_empty() && direction == Direction::Sent => {}
                None => found.push(format!("{place}: the property {name} is gone")),
                Some(is) => self.compare(was, is, direction, &format!("{place}.{name}"), depth + 1, found),
            }
        }
        if let (Some(was), Some(is)) = (&old.items, &new.items) {
            self.compare(was, is, direction, &format!("{place}[]"), depth + 1, found);
        }
    }

    /// Each alternative of those who give must fit one of those who take.
    fn alternatives(
        &self,
        (old, was): (&Flat, &Value),
        (new, is): (&Flat, &Value),
        direction: Direction,
        place: &str,
        depth: usize,
        found: &mut Vec<String>,
    ) {
        let single = |flat: &Flat, value: &Value| match flat.alternatives.as_slice() {
            [] => vec![value.clone()],
            several => several.to_vec(),
        };
        let (old, new) = (single(old, was), single(new, is));
        let fits = |was: &Value, is: &Value| {
            let mut inner = Vec::new();
            self.compare(was, is, direction, place, depth + 1, &mut inner);
            inner.is_empty()
        };
        let unmet = match direction {
            Direction::Sent => old.iter().filter(|was| !new.iter().any(|is| fits(was, is))).count(),
            Direction::Received => new.iter().filter(|is| !old.iter().any(|was| fits(was, is))).count(),
        };
        if unmet > 0 {
            found.push(format!("{place}: {unmet} of its alternatives do not fit any more"));
        }
    }
}

fn types(old: &Flat, new: &Flat, direction: Direction, place: &str, found: &mut Vec<String>) {
    let (given, taken) = match direction {
        Direction::Sent => (&old.types, &new.types),
        Direction::Received => (&new.types, &old.types),
    };
    let fits = taken.is_empty()
        || !given.is_empty()
            && given.iter().all(|one| taken.contains(one) || one == "integer" && taken.contains("number"));
    if !fits {
        let words = |types: &BTreeSet<String>| match types.is_empty() {
            true => "anything".to_owned(),
            false => types.iter().cloned().collect::<Vec<_>>().join(" or "),
        };
        found.push(format!("{place}: the type was {} and is {}", words(&old.types), words(&new.types)));
    }
}

fn choices(old: &Flat, new: &Flat, direction: Direction, place: &str, found: &mut Vec<String>) {
    let (given, taken) = match direction {
        Direction::Sent => (&old.choices, &new.choices),
        Direction::Received => (&new.choices, &old.choices),
    };
    match (given, taken) {
        (_, None) => {}
        (None, Some(_)) => found.push(format!("{place}: only some values are allowed now, or no longer only some")),
        (Some(given), Some(taken)) => {
            for value in given.difference(taken) {
                found.push(match direction {
                    Direction::Sent => format!("{place}: the value {value} is not taken any more"),
                    Direction::Received => format!("{place}: there is a new value {value}"),
                });
            }
        }
    }
}

fn bounds(old: &Flat, new: &Flat, direction: Direction, place: &str, found: &mut Vec<String>) {
    if direction == Direction::Received {
        return;
    }
    for (name, greater_is_narrower) in BOUNDS {
        let narrower = match (old.bounds.get(name), new.bounds.get(name)) {
            (_, None) => false,
            (None, Some(_)) => true,
            (Some(was), Some(is)) => {
                if greater_is_narrower {
                    is > was
                } else {
                    is < was
                }
            }
        };
        if narrower {
            found.push(format!("{place}: {name} is narrower"));
        }
    }
}

fn required(old: &Flat, new: &Flat, direction: Direction, place: &str, found: &mut Vec<String>) {
    match direction {
        Direction::Sent => {
            for name in new.required.difference(&old.required) {
                found.push(format!("{place}: the property {name} is needed now"));
            }
        }
        Direction::Received => {
            for name in old.required.difference(&new.required).filter(|name| new.properties.contains_key(*name)) {
                found.push(format!("{place}: the property {name} is not always there any more"));
            }
        }
    }
}

/// Follows a schema's references and lays its `allOf` together.
fn flat(document: &Value, schema: &Value) -> Flat {
    let mut flat = Flat::default();
    gather(document, schema, &mut flat, 0);
    flat
}

fn gather(document: &Value, schema: &Value, flat: &mut Flat, depth: usize) {
    let Some(fields) = schema.as_object().filter(|_| depth < DEPTH_MAX) else { return };
    if let Some(target) = fields.get("$ref").and_then(Value::as_str)
        && let Some(there) = document.pointer(target.trim_start_matches('#'))
    {
        gather(document, there, flat, depth + 1);
    }
    for part in list(fields, "allOf") {
        gather(document, part, flat, depth + 1);
    }
    match fields.get("type") {
        Some(Value::String(one)) => flat.types.extend([one.clone()]),
        Some(Value::Array(several)) => flat.types.extend(several.iter().filter_map(Value::as_str).map(str::to_owned)),
        Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_)) | None => {}
    }
    let properties = fields.get("properties").and_then(Value::as_object).into_iter().flatten();
    flat.properties.extend(properties.map(|(name, schema)| (name.clone(), schema.clone())));
    flat.required.extend(list(fields, "required").filter_map(Value::as_str).map(str::to_owned));
    if let Some(items) = fields.get("items") {
        flat.items = Some(items.clone());
    }
    if fields.contains_key("enum") {
        flat.choices = Some(list(fields, "enum").map(Value::to_string).collect());
    }
    for (name, _) in BOUNDS {
        if let Some(bound) = fields.get(name).and_then(Value::as_f64) {
            flat.bounds.insert(name, bound);
        }
    }
    flat.alternatives.extend(list(fields, "oneOf").chain(list(fields, "anyOf")).cloned());
}

fn list<'a>(fields: &'a Map<String, Value>, name: &str) -> impl Iterator<Item = &'a Value> {
    fields.get(name).and_then(Value::as_array).into_iter().flatten()
}

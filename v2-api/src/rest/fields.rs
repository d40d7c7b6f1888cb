//! The fields of a request body by type: `null` is absent, another type is an error that names the field.
use serde_json::{Map, Value};

/// The value under a key, with `null` as absent.
pub(super) fn value<'a>(fields: &'a Map<String, Value>, key: &str) -> Option<&'a Value> {
    fields.get(key).filter(|value| !value.is_null())
}

/// A string.
pub(super) fn text<'a>(fields: &'a Map<String, Value>, key: &str) -> Result<Option<&'a str>, String> {
    typed(fields, key, "a string", Value::as_str)
}

/// A boolean.
pub(super) fn flag(fields: &Map<String, Value>, key: &str) -> Result<Option<bool>, String> {
    typed(fields, key, "a boolean", Value::as_bool)
}

/// A number without its fraction: 1.5 is 1.
pub(super) fn whole(fields: &Map<String, Value>, key: &str) -> Result<Option<i64>, String> {
    typed(fields, key, "a number", whole_of)
}

/// An object.
pub(super) fn object<'a>(fields: &'a Map<String, Value>, key: &str) -> Result<Option<&'a Map<String, Value>>, String> {
    typed(fields, key, "an object", Value::as_object)
}

/// An array.
pub(super) fn list<'a>(fields: &'a Map<String, Value>, key: &str) -> Result<Option<&'a Vec<Value>>, String> {
    typed(fields, key, "an array", Value::as_array)
}

/// One of the given words; case matters.
pub(super) fn word<'a>(fields: &'a Map<String, Value>, key: &str, words: &[&str]) -> Result<Option<&'a str>, String> {
    match text(fields, key)? {
        Some(word) if !words.contains(&word) => {
            Err(format!("parameter '{key}' is {word}; it is one of {}", words.join(", ")))
        }
        word => Ok(word),
    }
}

/// A number without its fraction.
pub(super) fn whole_of(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_f64().filter(|number| number.abs() < 9e15).map(|number| number as i64))
}

fn typed<'a, T>(
    fields: &'a Map<String, Value>,
    key: &str,
    wanted: &str,
    read: impl Fn(&'a Value) -> Option<T>,
) -> Result<Option<T>, String> {
    match value(fields, key) {
        None => Ok(None),
        Some(value) => read(value).map(Some).ok_or_else(|| format!("parameter '{key}' is not {wanted}")),
    }
}

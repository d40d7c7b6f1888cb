//! The parameters of a request by type, as leniently as the original reads them: numbers and booleans pass as text,
//! `null` is missing, a missing one that is needed is error -1.
use crate::wire::{Request, RpcError};
use serde_json::Value;

/// A request's parameters.
pub(crate) struct Params<'a> {
    request: &'a Request,
}

impl<'a> Params<'a> {
    pub(crate) fn new(request: &'a Request) -> Self {
        Self { request }
    }

    /// The value, where there is one that is not `null`.
    pub(crate) fn value(&self, name: &str) -> Option<&'a Value> {
        self.request.params.get(name).filter(|value| !value.is_null())
    }

    /// A text that must be there.
    pub(crate) fn text(&self, name: &str) -> Result<String, RpcError> {
        self.optional_text(name)?.ok_or_else(|| self.missing(name))
    }

    /// A text that may be left out.
    pub(crate) fn optional_text(&self, name: &str) -> Result<Option<String>, RpcError> {
        match self.value(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(value @ (Value::Bool(_) | Value::Number(_))) => Ok(Some(value.to_string())),
            Some(Value::Array(_) | Value::Object(_)) => Err(self.wrong(name, "a text")),
        }
    }

    /// A boolean that must be there.
    pub(crate) fn flag(&self, name: &str) -> Result<bool, RpcError> {
        self.optional_flag(name)?.ok_or_else(|| self.missing(name))
    }

    /// A boolean that may be left out; its text passes too.
    pub(crate) fn optional_flag(&self, name: &str) -> Result<Option<bool>, RpcError> {
        match self.value(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(*flag)),
            Some(Value::String(text)) if text.eq_ignore_ascii_case("true") => Ok(Some(true)),
            Some(Value::String(text)) if text.eq_ignore_ascii_case("false") => Ok(Some(false)),
            Some(Value::Number(_) | Value::String(_) | Value::Array(_) | Value::Object(_)) => {
                Err(self.wrong(name, "a boolean"))
            }
        }
    }

    /// The error for a parameter that is needed and not there.
    pub(crate) fn missing(&self, name: &str) -> RpcError {
        RpcError::other(format!("Request element '{name}' is missing in RPC method '{}'", self.request.method))
    }

    /// The error for a parameter of the wrong type.
    pub(crate) fn wrong(&self, name: &str, wanted: &str) -> RpcError {
        RpcError::other(format!("Request element '{name}' in RPC method '{}' is not {wanted}", self.request.method))
    }
}

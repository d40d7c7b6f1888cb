//! A JSON schema from a whole example: every field there with a value of its type.
use serde_json::{Map, Value};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{AdditionalProperties, ArrayBuilder, ObjectBuilder, Schema, SchemaType, Type};

/// Fields whose names are the application's own: maps of texts.
const MAPS: [&str; 3] = ["attributes", "tags", "meta"];

/// The schema of values like this one.
pub(super) fn schema_of(example: &Value) -> RefOr<Schema> {
    let plain = |kind: SchemaType| RefOr::T(Schema::Object(ObjectBuilder::new().schema_type(kind).build()));
    match example {
        Value::Null => plain(SchemaType::AnyValue),
        Value::Bool(_) => plain(SchemaType::Type(Type::Boolean)),
        Value::Number(number) if number.is_f64() => plain(SchemaType::Type(Type::Number)),
        Value::Number(_) => plain(SchemaType::Type(Type::Integer)),
        Value::String(_) => plain(SchemaType::Type(Type::String)),
        Value::Array(items) => {
            let item = schema_of(items.first().unwrap_or(&Value::Null));
            RefOr::T(Schema::Array(ArrayBuilder::new().items(item).build()))
        }
        Value::Object(fields) => object_of(fields, SchemaType::Type(Type::Object)),
    }
}

fn object_of(fields: &Map<String, Value>, kind: SchemaType) -> RefOr<Schema> {
    let mut object = ObjectBuilder::new().schema_type(kind);
    for (name, value) in fields {
        let schema = match value {
            Value::Object(_) if MAPS.contains(&name.as_str()) => texts(),
            // A message that is not there is null.
            Value::Object(fields) => object_of(fields, SchemaType::Array(vec![Type::Object, Type::Null])),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => schema_of(value),
        };
        object = object.property(name, schema);
    }
    RefOr::T(Schema::Object(object.build()))
}

fn texts() -> RefOr<Schema> {
    let text = schema_of(&Value::String(String::new()));
    let object = ObjectBuilder::new().schema_type(SchemaType::Type(Type::Object));
    RefOr::T(Schema::Object(object.additional_properties(Some(AdditionalProperties::RefOr(text))).build()))
}

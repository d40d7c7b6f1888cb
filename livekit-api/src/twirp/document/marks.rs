//! What the capability registry says of an operation, as marks in the document: `x-via-feature`, `x-via-code` and the
//! profiles that have it.
use serde_json::json;
use sfu_core::capability::{FEATURES, Profile, Support};
use utoipa::openapi::extensions::{Extensions, ExtensionsBuilder};

/// The marks of the operation or method that LiveKit's wire calls so; `None` where every profile has it.
pub(super) fn of(name: &str) -> Option<Extensions> {
    let row = FEATURES.iter().find(|row| row.livekit.contains(&name))?;
    let having = Profile::ALL.iter().filter(|profile| row.support(**profile) == Support::Native);
    let having: Vec<&str> = having.map(|profile| profile.name()).collect();
    let marks = ExtensionsBuilder::new().add("x-via-feature", json!(row.key));
    Some(marks.add("x-via-code", json!(row.code)).add("x-via-profiles", json!(having)).build())
}

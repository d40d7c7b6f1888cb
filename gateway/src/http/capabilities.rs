//! `GET /capabilities`: what the engine profile in force supports, from the registry.
use super::{Shared, guide};
use crate::telemetry::Refusals;
use actix_web::{HttpResponse, web};
use serde::Serialize;
use sfu_core::capability::{FeatureRow, Profile, Support};
use utoipa::ToSchema;

pub(super) fn configure(app: &mut web::ServiceConfig) {
    app.route("/capabilities", web::get().to(show));
}

async fn show(shared: web::Data<Shared>) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header(("Access-Control-Allow-Origin", "*"))
        .json(capabilities(shared.config.profile, shared.ports.directory.refusals()))
}

/// The whole answer.
#[derive(Serialize, ToSchema)]
pub(crate) struct Capabilities {
    /// The engine profile in force.
    #[schema(example = "mediasoup")]
    profile: &'static str,
    /// Every feature that some profile lacks.
    features: Vec<Row>,
}

/// One feature.
#[derive(Serialize, ToSchema)]
#[schema(as = CapabilityRow)]
struct Row {
    /// Its key.
    #[schema(example = "dataMessages")]
    key: &'static str,
    /// The code of its refusal.
    #[schema(example = "VIA-0101")]
    code: &'static str,
    /// Its name for people.
    title: &'static str,
    /// What it is.
    summary: &'static str,
    /// The profile in force has it.
    supported: bool,
    /// How often it was refused since the server started.
    refused: u64,
    /// What to take instead, where it is refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    instead: Option<&'static str>,
    /// Its names on LiveKit's wire.
    livekit: &'static [&'static str],
    /// Its names on OpenVidu v2's wire.
    openvidu: &'static [&'static str],
    /// Its page in the guide.
    #[serde(skip_serializing_if = "Option::is_none")]
    page: Option<String>,
}

/// What this profile supports.
pub(crate) fn capabilities(profile: Profile, refusals: &Refusals) -> Capabilities {
    let row = |(row, refused): (&'static FeatureRow, u64)| {
        let supported = row.support(profile) == Support::Native;
        Row {
            key: row.key,
            code: row.code,
            title: row.title,
            summary: row.summary,
            supported,
            refused,
            instead: (!supported).then_some(row.instead),
            livekit: row.livekit,
            openvidu: row.openvidu,
            page: guide::of_code(row.code),
        }
    };
    Capabilities { profile: profile.name(), features: refusals.snapshot().map(row).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sfu_core::capability::{FEATURES, Feature};

    #[test]
    fn each_profile_shows_every_feature_of_the_registry() {
        for profile in Profile::ALL {
            let shown = serde_json::to_value(capabilities(profile, &Refusals::default())).unwrap();
            assert_eq!(shown["profile"], profile.name());
            let features = shown["features"].as_array().unwrap();
            assert_eq!(features.len(), FEATURES.len());
            for (shown, row) in features.iter().zip(FEATURES) {
                let supported = row.support(profile) == Support::Native;
                assert_eq!((&shown["code"], &shown["supported"]), (&row.code.into(), &supported.into()));
                assert_eq!(shown["instead"].is_string(), !supported);
                assert!(shown["page"].is_string(), "{shown}");
            }
        }
    }

    #[test]
    fn a_refusal_shows_in_its_features_count() {
        let refusals = Refusals::default();
        refusals.count(Feature::DataMessages);
        let shown = serde_json::to_value(capabilities(Profile::Mediasoup, &refusals)).unwrap();
        let counts =
            shown["features"].as_array().unwrap().iter().map(|row| (row["key"].as_str(), row["refused"].as_u64()));
        assert!(counts.clone().any(|count| count == (Some("dataMessages"), Some(1))));
        assert_eq!(counts.filter(|(_, count)| *count == Some(0)).count(), FEATURES.len() - 1);
    }
}

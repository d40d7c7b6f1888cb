//! LiveKit's server API by Twirp: `POST /twirp/livekit.<Service>/<Method>`, protobuf or JSON (livekit.md §1.4, §4).

use actix_web::web;

pub(crate) fn configure(_cfg: &mut web::ServiceConfig) {}

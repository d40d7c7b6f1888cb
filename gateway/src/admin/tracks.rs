//! `rooms/{room}/participants/{participant}/tracks`: what somebody publishes, and muting it.
use super::participants::{find_in, lost_percent};
use super::rooms::{find, order};
use super::tag::{require_match, tag};
use super::{Problem, resource};
use crate::http::Shared;
use crate::rooms::Inspected;
use actix_web::http::header::ETAG;
use actix_web::{HttpRequest, HttpResponse, web};
use livekit_api::ids::{parse_track_sid, stream_label, track_sid};
use serde::{Deserialize, Serialize};
use sfu_core::id::ParticipantId;
use sfu_core::room::{Flow, RoomCommand, StreamInfo, TrackInfo, TrackSource, Traffic};
use sfu_core::sdp::MediaKind;
use utoipa::ToSchema;

pub(super) fn routes(app: &mut web::ServiceConfig) {
    let one = resource("/rooms/{room}/participants/{participant}/tracks/{track}", "GET, PATCH");
    app.service(one.route(web::get().to(show)).route(web::patch().to(change)));
}

/// A published track.
#[derive(Serialize, ToSchema)]
#[schema(as = AdminTrack)]
pub(super) struct TrackView {
    /// Its id.
    #[schema(example = "TR_VCyqWpDmbLMbN")]
    id: String,
    /// The label of the stream that it belongs to: tracks of one stream play together.
    stream: String,
    /// `audio` or `video`.
    #[schema(example = "video")]
    kind: &'static str,
    /// `camera`, `microphone`, `screen_share`, `screen_share_audio`, `unknown`.
    #[schema(example = "camera")]
    source: &'static str,
    /// Its name for people; may be empty.
    name: String,
    /// Muted now.
    muted: bool,
    /// Its codec; null while unknown.
    #[schema(required, example = "VP8")]
    codec: Option<String>,
    /// Pixels; 0 while unknown or for sound.
    width: u32,
    /// Pixels; 0 while unknown or for sound.
    height: u32,
    /// Simulcast layers that it is sent in; 1 without simulcast.
    layers: usize,
    /// When it was published, ms since 1970.
    created_ms: u64,
    /// Bits a second that come of it, all layers together, of the last seconds; null while unknown.
    #[schema(required)]
    bitrate_bps: Option<u64>,
    /// Of its packets, how many never came, per cent; null while unknown.
    #[schema(required)]
    lost_percent: Option<f64>,
}

/// A change to a track.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AdminTrackChange, example = json!({ "muted": true }))]
pub(super) struct TrackChange {
    /// Mute it (true), or let it be heard or seen again.
    muted: bool,
}

impl TrackView {
    pub(super) fn of(stream: &StreamInfo, track: &TrackInfo, traffic: &Traffic) -> Self {
        let flow: Option<Flow> = traffic.tracks.iter().find(|(id, _)| *id == track.id).map(|(_, flow)| *flow);
        let spec = &track.spec;
        Self {
            id: track_sid(track.id, spec.kind, spec.source),
            stream: stream_label(stream.id),
            kind: match spec.kind {
                MediaKind::Audio => "audio",
                MediaKind::Video => "video",
            },
            source: match spec.source {
                TrackSource::Microphone => "microphone",
                TrackSource::Camera => "camera",
                TrackSource::ScreenShare => "screen_share",
                TrackSource::ScreenShareAudio => "screen_share_audio",
                TrackSource::Unknown => "unknown",
            },
            name: spec.name.clone(),
            muted: track.muted,
            codec: track.codec.map(|codec| codec.name().to_owned()),
            width: spec.width,
            height: spec.height,
            layers: track.rids.len().max(1),
            created_ms: track.created_ms,
            bitrate_bps: flow.map(|flow| flow.bitrate_bps),
            lost_percent: flow.map(|flow| lost_percent(flow.packets, flow.lost)),
        }
    }

    /// The same without what changes by itself: what its tag is made of.
    pub(super) fn still(&self) -> impl Serialize + use<'_> {
        (&self.id, &self.name, self.muted, &self.codec)
    }
}

fn find_track(
    seen: &Inspected,
    participant: &str,
    track: &str,
) -> Result<(ParticipantId, TrackInfo, TrackView), Problem> {
    let owner = find_in(&seen.room, participant)?;
    let id = parse_track_sid(track).ok_or_else(|| Problem::not_found("track"))?;
    let tracks = owner.streams.iter().flat_map(|stream| stream.tracks().map(move |track| (stream, track)));
    let (stream, found) =
        tracks.into_iter().find(|(_, found)| found.id == id).ok_or_else(|| Problem::not_found("track"))?;
    Ok((owner.id, found.clone(), TrackView::of(stream, found, &seen.traffic)))
}

fn answer(view: &TrackView) -> HttpResponse {
    HttpResponse::Ok().insert_header((ETAG, tag(&view.still()))).json(view)
}

/// Shows a track.
#[utoipa::path(get, path = "/admin/v1/rooms/{room}/participants/{participant}/tracks/{track}", tag = "admin", operation_id = "adminGetTrack",
    params(("room" = String, Path, description = "The room's name", example = "daily"),
           ("participant" = String, Path, description = "Whose: id or identity", example = "PA_CyqWpDmbLMbN"),
           ("track" = String, Path, description = "The track's id", example = "TR_VCyqWpDmbLMbN")),
    responses((status = 200, description = "The track", body = TrackView,
               headers(("ETag" = String, description = "Of what does not change by itself"))),
              (status = 404, description = "No such room, participant or track")))]
pub(super) async fn show(
    shared: web::Data<Shared>,
    path: web::Path<(String, String, String)>,
) -> Result<HttpResponse, Problem> {
    let (room, participant, track) = path.into_inner();
    let seen = find(&shared, &room).await?;
    Ok(answer(&find_track(&seen, &participant, &track)?.2))
}

/// Mutes a track: the others get nothing of it any more. A LiveKit client is told and stops sending; an OpenVidu client's
/// protocol has no words for it, the others see its stream as inactive. Unmuting needs `room.enable_remote_unmute`, as
/// nobody should be heard unawares.
#[utoipa::path(patch, path = "/admin/v1/rooms/{room}/participants/{participant}/tracks/{track}", tag = "admin", operation_id = "adminMuteTrack",
    params(("room" = String, Path, description = "The room's name", example = "daily"),
           ("participant" = String, Path, description = "Whose: id or identity", example = "PA_CyqWpDmbLMbN"),
           ("track" = String, Path, description = "The track's id", example = "TR_VCyqWpDmbLMbN"),
           ("If-Match" = Option<String>, Header, description = "Only where the track is as this ETag says")),
    request_body(content = TrackChange, content_type = "application/json"),
    responses((status = 200, description = "The track as it is now", body = TrackView,
               headers(("ETag" = String, description = "Of what does not change by itself"))),
              (status = 400, description = "A body that is no such change"),
              (status = 403, description = "Unmuting is not allowed, or it was sent from another site's page"),
              (status = 404, description = "No such room, participant or track"),
              (status = 412, description = "It was changed in the meantime"),
              (status = 503, description = "It could not be done at the moment")))]
pub(super) async fn change(
    request: HttpRequest,
    shared: web::Data<Shared>,
    path: web::Path<(String, String, String)>,
    change: web::Json<TrackChange>,
) -> Result<HttpResponse, Problem> {
    let (room, participant, track) = path.into_inner();
    let seen = find(&shared, &room).await?;
    let (owner, info, view) = find_track(&seen, &participant, &track)?;
    require_match(&request, &tag(&view.still()))?;
    let muted = change.muted;
    if info.muted && !muted && !shared.config.livekit.enable_remote_unmute {
        return Err(sfu_core::capability::Refusal::NotAllowed("room.enable_remote_unmute is off").into());
    }
    order(&shared, &room, RoomCommand::SetMuted { participant: Some(owner), track: info.id, muted }).await?;
    let seen = find(&shared, &room).await?;
    Ok(answer(&find_track(&seen, &participant, &track)?.2))
}

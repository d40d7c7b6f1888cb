//! `rooms/{room}/participants`: who is in a room, whichever protocol they speak, and putting one out.
use super::page::{Page, PageQuery};
use super::rooms::{find, order};
use super::tag::{require_match, tag};
use super::tracks::TrackView;
use super::{Problem, resource};
use crate::http::Shared;
use actix_web::http::header::ETAG;
use actix_web::{HttpRequest, HttpResponse, web};
use livekit_api::ids::{parse_participant_sid, participant_sid};
use serde::Serialize;
use sfu_core::room::{
    Grade, LeaveReason, ParticipantInfo, ParticipantState, PathTraffic, RoomCommand, RoomSnapshot, Standing, Traffic,
};
use utoipa::ToSchema;

pub(super) fn routes(app: &mut web::ServiceConfig) {
    app.service(resource("/rooms/{room}/participants", "GET").route(web::get().to(list)));
    let one = resource("/rooms/{room}/participants/{participant}", "GET, DELETE");
    app.service(one.route(web::get().to(show)).route(web::delete().to(remove)));
}

/// A participant.
#[derive(Serialize, ToSchema)]
#[schema(as = AdminParticipant)]
pub(super) struct ParticipantView {
    /// Its id.
    #[schema(example = "PA_CyqWpDmbLMbN")]
    id: String,
    /// Its identity: of OpenVidu clients their connection id.
    #[schema(example = "con_Xnxg19tonh")]
    identity: String,
    /// Its display name.
    name: String,
    /// The protocol that it speaks: `openvidu-v2` or `livekit`.
    #[schema(example = "openvidu-v2")]
    protocol: &'static str,
    /// How far it has come: `joined`, `active` once its media stands, `disconnected`.
    #[schema(example = "active")]
    state: &'static str,
    /// When it joined, ms since 1970.
    joined_ms: u64,
    /// Its platform as its client described it.
    platform: String,
    /// Its address; empty where unknown.
    address: String,
    /// What the server's app said of it.
    metadata: String,
    /// What it may do.
    permissions: PermissionsView,
    /// What it publishes.
    tracks: Vec<TrackView>,
    /// How many streams it receives.
    subscriptions: usize,
    /// What flows on its path; null while it is not known.
    #[schema(required)]
    traffic: Option<TrafficView>,
}

/// What a participant may do.
#[derive(Serialize, ToSchema)]
#[schema(as = AdminPermissions)]
pub(super) struct PermissionsView {
    /// Publish tracks.
    publish: bool,
    /// Subscribe to tracks.
    subscribe: bool,
    /// Send data messages.
    publish_data: bool,
    /// Make others leave or stop publishing.
    moderate: bool,
    /// Is invisible to the others.
    hidden: bool,
}

/// What flows on a participant's path, of the last seconds.
#[derive(Serialize, ToSchema)]
#[schema(as = AdminTraffic)]
pub(super) struct TrafficView {
    /// Bits a second from it.
    up_bps: u64,
    /// Bits a second to it.
    down_bps: u64,
    /// Of the packets from it, how many never came, per cent.
    up_lost_percent: f64,
    /// Of the packets to it, how many it reported lost, per cent.
    down_lost_percent: f64,
    /// Round trip, ms; null while unknown.
    #[schema(required)]
    round_trip_ms: Option<f64>,
    /// Jitter of what comes from it, ms.
    jitter_ms: f64,
    /// `excellent`, `good`, `poor`, `lost`; null where the room is not graded.
    #[schema(required, example = "excellent")]
    quality: Option<&'static str>,
}

impl ParticipantView {
    pub(super) fn of(info: &ParticipantInfo, traffic: &Traffic) -> Self {
        let known = traffic.participants.iter().find(|(id, _, _)| *id == info.id);
        let tracks = info.streams.iter().flat_map(|stream| stream.tracks().map(move |track| (stream, track)));
        let permissions = &info.permissions;
        Self {
            id: participant_sid(info.id),
            identity: info.identity.clone(),
            name: info.name.clone(),
            protocol: info.protocol.0,
            state: match info.state {
                ParticipantState::Joined => "joined",
                ParticipantState::Active => "active",
                ParticipantState::Disconnected => "disconnected",
            },
            joined_ms: info.joined_ms,
            platform: info.platform.clone(),
            address: info.address.clone(),
            metadata: info.metadata.clone(),
            permissions: PermissionsView {
                publish: permissions.publish,
                subscribe: permissions.subscribe,
                publish_data: permissions.publish_data,
                moderate: permissions.moderate,
                hidden: permissions.hidden,
            },
            tracks: tracks.map(|(stream, track)| TrackView::of(stream, track, traffic)).collect(),
            subscriptions: info.subscriptions.len(),
            traffic: known.map(|(_, path, standing)| TrafficView::of(path, *standing)),
        }
    }

    /// The same without what changes by itself: what its tag is made of.
    pub(super) fn still(&self) -> impl Serialize + use<'_> {
        let permissions = &self.permissions;
        let told = (&self.id, &self.identity, &self.name, &self.metadata, self.state);
        (told, permissions, self.tracks.iter().map(TrackView::still).collect::<Vec<_>>())
    }
}

impl TrafficView {
    fn of(path: &PathTraffic, standing: Option<Standing>) -> Self {
        let ms = |time: std::time::Duration| (time.as_secs_f64() * 10_000.0).round() / 10.0;
        Self {
            up_bps: path.up.bitrate_bps,
            down_bps: path.down.bitrate_bps,
            up_lost_percent: lost_percent(path.up.packets, path.up.lost),
            down_lost_percent: lost_percent(path.down.packets.saturating_sub(path.down.lost), path.down.lost),
            round_trip_ms: (!path.round_trip.is_zero()).then(|| ms(path.round_trip)),
            jitter_ms: ms(path.jitter),
            quality: standing.map(|standing| match standing.grade {
                Grade::Excellent => "excellent",
                Grade::Good => "good",
                Grade::Poor => "poor",
                Grade::Lost => "lost",
            }),
        }
    }
}

/// What share of packets was lost, per cent with two digits behind the point.
pub(super) fn lost_percent(came: u64, lost: u64) -> f64 {
    let all = came + lost;
    if all == 0 { 0.0 } else { (10_000.0 * lost as f64 / all as f64).round() / 100.0 }
}

/// The participant of this id or identity.
pub(super) fn find_in<'a>(room: &'a RoomSnapshot, named: &str) -> Result<&'a ParticipantInfo, Problem> {
    let id = parse_participant_sid(named);
    let by_id = room.participants.iter().find(|one| Some(one.id) == id);
    let by_identity = || room.participants.iter().find(|one| one.identity == named);
    by_id.or_else(by_identity).ok_or_else(|| Problem::not_found("participant"))
}

/// Lists who is in a room, in the order in which they joined.
#[utoipa::path(get, path = "/admin/v1/rooms/{room}/participants", tag = "admin", operation_id = "adminListParticipants",
    params(("room" = String, Path, description = "The room's name", example = "daily"), PageQuery),
    responses((status = 200, description = "A page of participants", body = Page<ParticipantView>),
              (status = 400, description = "A limit or cursor that makes no sense"),
              (status = 404, description = "No such room")))]
pub(super) async fn list(
    shared: web::Data<Shared>,
    room: web::Path<String>,
    query: web::Query<PageQuery>,
) -> Result<web::Json<Page<ParticipantView>>, Problem> {
    let seen = find(&shared, &room).await?;
    let page = query.cut(seen.room.participants.iter().collect(), |one| (one.joined_ms, one.id.number()))?;
    Ok(web::Json(page.map(|one| ParticipantView::of(one, &seen.traffic))))
}

/// Shows a participant.
#[utoipa::path(get, path = "/admin/v1/rooms/{room}/participants/{participant}", tag = "admin", operation_id = "adminGetParticipant",
    params(("room" = String, Path, description = "The room's name", example = "daily"),
           ("participant" = String, Path, description = "Its id, or its identity", example = "PA_CyqWpDmbLMbN")),
    responses((status = 200, description = "The participant", body = ParticipantView,
               headers(("ETag" = String, description = "Of what does not change by itself"))),
              (status = 404, description = "No such room or participant")))]
pub(super) async fn show(
    shared: web::Data<Shared>,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, Problem> {
    let (room, named) = path.into_inner();
    let seen = find(&shared, &room).await?;
    let view = ParticipantView::of(find_in(&seen.room, &named)?, &seen.traffic);
    Ok(HttpResponse::Ok().insert_header((ETAG, tag(&view.still()))).json(&view))
}

/// Puts a participant out. Its client is told in its own protocol's words: OpenVidu `forceDisconnectByServer`, LiveKit
/// `PARTICIPANT_REMOVED`.
#[utoipa::path(delete, path = "/admin/v1/rooms/{room}/participants/{participant}", tag = "admin", operation_id = "adminRemoveParticipant",
    params(("room" = String, Path, description = "The room's name", example = "daily"),
           ("participant" = String, Path, description = "Its id, or its identity", example = "PA_CyqWpDmbLMbN"),
           ("If-Match" = Option<String>, Header, description = "Only where the participant is as this ETag says")),
    responses((status = 204, description = "It is out"),
              (status = 404, description = "No such room or participant"),
              (status = 412, description = "It was changed in the meantime"),
              (status = 503, description = "It could not be stored")))]
pub(super) async fn remove(
    request: HttpRequest,
    shared: web::Data<Shared>,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, Problem> {
    let (room, named) = path.into_inner();
    let seen = find(&shared, &room).await?;
    let participant = find_in(&seen.room, &named)?;
    require_match(&request, &tag(&ParticipantView::of(participant, &seen.traffic).still()))?;
    let reason = LeaveReason::ForcedByServer;
    order(&shared, &room, RoomCommand::Remove { participant: participant.id, reason }).await?;
    Ok(HttpResponse::NoContent().finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn losses_are_shares_of_all_that_was_sent() {
        let cases = [((0, 0), 0.0), ((100, 0), 0.0), ((99, 1), 1.0), ((0, 5), 100.0), ((2, 1), 33.33)];
        for ((came, lost), percent) in cases {
            assert_eq!(lost_percent(came, lost), percent, "{came} {lost}");
        }
    }
}

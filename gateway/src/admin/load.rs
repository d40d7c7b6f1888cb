//! `load`: how much there was to do in the last minutes, for charts.
use super::resource;
use crate::http::Shared;
use crate::telemetry::{LoadHistory, LoadSample, memory_bytes};
use actix_web::web;
use serde::Serialize;
use utoipa::ToSchema;

pub(super) fn routes(app: &mut web::ServiceConfig) {
    app.service(resource("/load", "GET").route(web::get().to(show)));
}

/// The load of the last minutes.
#[derive(Serialize, ToSchema)]
#[schema(as = AdminLoad)]
pub(super) struct LoadView {
    /// Time between two samples, ms.
    interval_ms: u64,
    /// Cores of this machine.
    cores: usize,
    /// Memory in use now, bytes; 0 where the system does not say.
    memory_bytes: u64,
    /// The samples, oldest first.
    samples: Vec<SampleView>,
}

/// How much there was to do since the sample before.
#[derive(Serialize, ToSchema)]
#[schema(as = AdminLoadSample)]
pub(super) struct SampleView {
    /// When, ms since 1970.
    at_ms: u64,
    /// Rooms.
    rooms: u64,
    /// Participants.
    participants: u64,
    /// Packets of media received, a second.
    packets_in_per_second: f64,
    /// Packets of media sent, a second.
    packets_out_per_second: f64,
    /// Bits of them received, a second.
    bits_in_per_second: f64,
    /// Bits of them sent, a second.
    bits_out_per_second: f64,
    /// Time that processors worked for this server, per cent of one core.
    cpu_percent: f64,
}

impl From<LoadSample> for SampleView {
    fn from(sample: LoadSample) -> Self {
        let LoadSample { at_ms, rooms, participants, cpu_percent, .. } = sample;
        Self {
            at_ms,
            rooms,
            participants,
            packets_in_per_second: sample.packets_in_per_second,
            packets_out_per_second: sample.packets_out_per_second,
            bits_in_per_second: sample.bits_in_per_second,
            bits_out_per_second: sample.bits_out_per_second,
            cpu_percent,
        }
    }
}

/// Shows how much there was to do in the last ten minutes.
#[utoipa::path(get, path = "/admin/v1/load", tag = "admin", operation_id = "adminGetLoad",
    responses((status = 200, description = "The load", body = LoadView)))]
pub(super) async fn show(shared: web::Data<Shared>) -> web::Json<LoadView> {
    web::Json(LoadView {
        interval_ms: u64::try_from(LoadHistory::INTERVAL.as_millis()).unwrap_or(u64::MAX),
        cores: std::thread::available_parallelism().map_or(1, usize::from),
        memory_bytes: memory_bytes(),
        samples: shared.load.samples().into_iter().map(SampleView::from).collect(),
    })
}

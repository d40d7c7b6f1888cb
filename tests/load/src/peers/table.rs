//! The benchmark's findings: rows, means and ratios, as values and as a table in Markdown.
use super::server::Kind;
use crate::results::{Measurement, Results};
use crate::sendto::SendtoCost;
use serde::Serialize;
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// One measurement of one server.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    /// Which server.
    pub server: Kind,
    /// In which round.
    pub round: usize,
    /// Participants.
    pub participants: usize,
    /// Server's CPU in the program, microseconds a delivered packet.
    pub user_us: f64,
    /// Server's CPU in the kernel, microseconds a delivered packet.
    pub system_us: f64,
    /// Cores that the server kept busy.
    pub server_cores: f64,
    /// Cores that the load kept busy.
    pub load_cores: f64,
    /// The load itself could not keep up.
    pub strained: bool,
    /// Packets delivered a second.
    pub packets_per_s: f64,
    /// Share of packets lost, 0 to 1.
    pub loss: f64,
    /// Memory a participant, MiB.
    pub mib_per_participant: f64,
    /// SRTP profile.
    pub srtp_profile: Option<&'static str>,
}

impl Row {
    /// Of a measurement in a run.
    pub(super) fn new(server: Kind, round: usize, measurement: &Measurement, results: &Results) -> Self {
        let (user_us, system_us) = measurement.per_packet_us().unwrap_or_default();
        Self {
            server,
            round,
            participants: measurement.participants,
            user_us,
            system_us,
            server_cores: measurement.server_cores().unwrap_or_default(),
            load_cores: measurement.own_cores(),
            strained: measurement.is_strained(),
            packets_per_s: measurement.delivered as f64 / measurement.seconds.max(1e-9),
            loss: measurement.loss,
            mib_per_participant: results.bytes_per_participant.unwrap_or_default() / 1_048_576.0,
            srtp_profile: results.srtp_profile,
        }
    }

    const fn total_us(&self) -> f64 {
        self.user_us + self.system_us
    }
}

/// What a benchmark found out.
#[derive(Clone, Debug, Default, Serialize)]
pub struct PeersResults {
    /// Fixed loads.
    pub rows: Vec<Row>,
    /// Sends without a server.
    pub yardstick: Vec<SendtoCost>,
    /// Rising loads.
    pub ramps: Vec<(Kind, Results)>,
    /// What went wrong.
    pub notes: Vec<String>,
}

impl PeersResults {
    fn mean(&self, server: Kind, participants: usize, of: impl Fn(&Row) -> f64) -> Option<f64> {
        let rows = self.rows.iter().filter(|row| row.server == server && row.participants == participants);
        mean(&rows.map(of).collect::<Vec<_>>())
    }

    /// Mean cost of a plain send, microseconds.
    fn plain_send_us(&self) -> Option<f64> {
        self.send_us(1)
    }

    fn send_us(&self, run: usize) -> Option<f64> {
        let costs = self.yardstick.iter().filter(|cost| cost.run == run);
        mean(&costs.map(SendtoCost::total_us).collect::<Vec<_>>())
    }

    /// Viaduct's cost as a share of livekit-server's at one number of participants.
    pub fn ratio(&self, participants: usize) -> Option<f64> {
        let ours = self.mean(Kind::Viaduct, participants, Row::total_us)?;
        Some(ours / self.mean(Kind::Livekit, participants, Row::total_us)?)
    }
}

fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

/// The tables.
pub fn markdown(results: &PeersResults) -> String {
    let mut text = String::from("## CPU per delivered packet\n\n");
    text += "| participants | livekit-server, µs (user + system) | of its core | Viaduct, µs (user + system) | of its core \
             | Viaduct / livekit-server | Viaduct / plain sendto | lost (both) | load's core |\n\
             |---|---|---|---|---|---|---|---|---|\n";
    let levels: BTreeSet<usize> = results.rows.iter().map(|row| row.participants).collect();
    for level in levels {
        let cell = |kind| cost_cell(results, kind, level);
        let core = |kind| percent(results.mean(kind, level, |row| row.server_cores));
        let ours = results.mean(Kind::Viaduct, level, Row::total_us);
        let to_send = ours.zip(results.plain_send_us()).map(|(ours, send)| ours / send);
        let loss = |kind| percent_fine(results.mean(kind, level, |row| row.loss));
        let load = |kind| percent(results.mean(kind, level, |row| row.load_cores));
        let _ = writeln!(
            text,
            "| {level} | {} | {} | {} | {} | {} | {} | {} / {} | {} / {} |",
            cell(Kind::Livekit),
            core(Kind::Livekit),
            cell(Kind::Viaduct),
            core(Kind::Viaduct),
            ratio(results.ratio(level)),
            ratio(to_send),
            loss(Kind::Livekit),
            loss(Kind::Viaduct),
            load(Kind::Livekit),
            load(Kind::Viaduct),
        );
    }
    memory(&mut text, results);
    yardstick(&mut text, results);
    ramps(&mut text, results);
    for note in &results.notes {
        let _ = writeln!(text, "\nNote: {note}.");
    }
    if results.rows.iter().any(|row| row.strained) {
        text += "\nNote: in some measurements the load's own core was full; see `strained` in the JSON.\n";
    }
    text
}

/// Mean and span of the rounds.
fn cost_cell(results: &PeersResults, kind: Kind, level: usize) -> String {
    let rows: Vec<&Row> = results.rows.iter().filter(|row| row.server == kind && row.participants == level).collect();
    let totals: Vec<f64> = rows.iter().map(|row| row.total_us()).collect();
    let Some(total) = mean(&totals) else { return "–".to_owned() };
    let user = mean(&rows.iter().map(|row| row.user_us).collect::<Vec<_>>()).unwrap_or_default();
    let (low, high) = totals.iter().fold((f64::MAX, 0.0f64), |(low, high), us| (low.min(*us), high.max(*us)));
    format!("{total:.2} ({user:.2} + {:.2}), {low:.2} to {high:.2}", total - user)
}

fn memory(text: &mut String, results: &PeersResults) {
    text.push_str("\n## Memory a participant, MiB\n\n| participants | livekit-server | Viaduct |\n|---|---|---|\n");
    let levels: BTreeSet<usize> = results.rows.iter().map(|row| row.participants).collect();
    for level in levels {
        let cell = |kind| number(results.mean(kind, level, |row| row.mib_per_participant));
        let _ = writeln!(text, "| {level} | {} | {} |", cell(Kind::Livekit), cell(Kind::Viaduct));
    }
}

fn yardstick(text: &mut String, results: &PeersResults) {
    text.push_str("\n## Sending alone, µs a datagram of 1,112 bytes\n\n| datagrams a call | mean |\n|---|---|\n");
    let runs: BTreeSet<usize> = results.yardstick.iter().map(|cost| cost.run).collect();
    for run in runs {
        let _ = writeln!(text, "| {run} | {} |", number(results.send_us(run)));
    }
}

fn ramps(text: &mut String, results: &PeersResults) {
    if results.ramps.is_empty() {
        return;
    }
    text.push_str(
        "\n## Participants held on one core\n\n| server | held | its core at that point | the load's | ended |\n\
         |---|---|---|---|---|\n",
    );
    for (kind, found) in &results.ramps {
        let last = found.measurements.iter().rfind(|one| one.participants == found.held);
        let own = percent(last.map(Measurement::own_cores));
        let cores = percent(last.and_then(Measurement::server_cores));
        let _ = writeln!(text, "| {} | {} | {cores} | {own} | {} |", kind.name(), found.held, found.ending);
    }
    let held = |kind| results.ramps.iter().find(|(known, _)| *known == kind).map(|(_, found)| found.held as f64);
    let share = held(Kind::Viaduct).zip(held(Kind::Livekit)).filter(|(_, theirs)| *theirs > 0.0);
    let _ = writeln!(text, "\nViaduct / livekit-server: {}", ratio(share.map(|(ours, theirs)| ours / theirs)));
}

fn percent(share: Option<f64>) -> String {
    share.map_or_else(|| "–".to_owned(), |share| format!("{:.0} %", share * 100.0))
}

fn percent_fine(share: Option<f64>) -> String {
    share.map_or_else(|| "–".to_owned(), |share| format!("{:.2} %", share * 100.0))
}

fn ratio(value: Option<f64>) -> String {
    value.map_or_else(|| "–".to_owned(), |value| format!("{value:.2}"))
}

fn number(value: Option<f64>) -> String {
    ratio(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(server: Kind, round: usize, user_us: f64, system_us: f64) -> Row {
        Row {
            server,
            round,
            participants: 48,
            user_us,
            system_us,
            server_cores: 0.5,
            load_cores: 0.4,
            strained: false,
            packets_per_s: 42_000.0,
            loss: 0.0,
            mib_per_participant: 1.0,
            srtp_profile: None,
        }
    }

    #[test]
    fn ratios_are_of_means_over_the_rounds() {
        let results = PeersResults {
            rows: vec![
                row(Kind::Livekit, 0, 6.0, 4.0),
                row(Kind::Viaduct, 0, 1.0, 2.0),
                row(Kind::Livekit, 1, 6.0, 4.0),
                row(Kind::Viaduct, 1, 1.0, 1.0),
            ],
            ..PeersResults::default()
        };
        assert_eq!(results.ratio(48), Some(0.25));
        assert_eq!(results.ratio(8), None);
        let text = markdown(&results);
        assert!(
            text.contains("| 48 | 10.00 (6.00 + 4.00), 10.00 to 10.00 | 50 % | 2.50 (1.00 + 1.50), 2.00 to 3.00 |")
        );
    }
}

//! How long API requests take, by route. Labels are bounded: patterns of routes, never paths, and only so many of them.
use super::Protocol;
use super::histogram::Histogram;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric, MetricEncoder};
use prometheus_client::metrics::MetricType;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

/// Series that are kept; what comes beyond them is counted under the route `other`.
const SERIES_MAX: usize = 1_000;
/// Where requests end up that no route takes.
pub const UNROUTED: &str = "unrouted";
const OTHER: &str = "other";
/// Upper bounds of the classes, seconds.
const BOUNDS_S: &[f64] = &[0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

/// What requests are told apart by.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Series {
    api: &'static str,
    method: &'static str,
    route: String,
    status: &'static str,
}

/// The counts; shared by all threads of the web server.
#[derive(Debug, Default)]
pub struct Requests {
    series: RwLock<BTreeMap<Series, Arc<Histogram>>>,
}

/// A method as it is counted: what HTTP does not know is one thing.
pub fn method_label(method: &str) -> &'static str {
    const KNOWN: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
    KNOWN.into_iter().find(|known| *known == method).unwrap_or("OTHER")
}

fn class_label(status: u16) -> &'static str {
    match status {
        100..=199 => "1xx",
        200..=299 => "2xx",
        300..=399 => "3xx",
        400..=499 => "4xx",
        _ => "5xx",
    }
}

impl Requests {
    /// Counts a request that was answered.
    pub fn observe(&self, api: Protocol, method: &'static str, route: &str, status: u16, took: Duration) {
        let status = class_label(status);
        let series = Series { api: api.name(), method, route: route.to_owned(), status };
        let known = self.series.read().unwrap_or_else(PoisonError::into_inner).get(&series).map(Arc::clone);
        known.unwrap_or_else(|| self.add(series)).observe_time(took);
    }

    fn add(&self, mut series: Series) -> Arc<Histogram> {
        let mut all = self.series.write().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= SERIES_MAX && !all.contains_key(&series) {
            OTHER.clone_into(&mut series.route);
        }
        Arc::clone(all.entry(series).or_insert_with(|| Arc::new(Histogram::new(BOUNDS_S))))
    }

    fn snapshot(&self) -> Vec<(Series, Arc<Histogram>)> {
        let all = self.series.read().unwrap_or_else(PoisonError::into_inner);
        all.iter().map(|(series, histogram)| (series.clone(), Arc::clone(histogram))).collect()
    }

    /// Writes them.
    pub fn encode(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let help = "How long API requests take, by the pattern of their route, seconds.";
        let mut family =
            encoder.encode_descriptor("viaduct_http_request_seconds", help, None, MetricType::Histogram)?;
        for (series, histogram) in self.snapshot() {
            let labels = [
                ("api", series.api),
                ("method", series.method),
                ("route", series.route.as_str()),
                ("status", series.status),
            ];
            histogram.write(&mut family.encode_family(&labels)?, 1.0)?;
        }
        Ok(())
    }

    /// The same as LiveKit's servers name it: Twirp calls only, ms.
    pub(super) fn encode_twirp(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let name = "livekit_node_twirp_request_latency_ms";
        let help = "How long calls of the server API take, ms (as LiveKit names it).";
        let mut family = encoder.encode_descriptor(name, help, None, MetricType::Histogram)?;
        for (series, histogram) in self.snapshot() {
            let Some((service, method)) = series.route.strip_prefix("/twirp/livekit.").and_then(|r| r.split_once('/'))
            else {
                continue;
            };
            let status = if series.status == "2xx" { "success" } else { "failure" };
            // Two classes may be one status here: they are told apart by their code.
            let labels = [("service", service), ("method", method), ("status", status), ("code", series.status)];
            histogram.write(&mut family.encode_family(&labels)?, 1_000.0)?;
        }
        Ok(())
    }
}

/// A counter's value under these labels.
pub(super) fn counter<const N: usize>(
    family: &mut MetricEncoder<'_>,
    labels: &[(&'static str, &'static str); N],
    value: u64,
) -> fmt::Result {
    prometheus_client::metrics::counter::ConstCounter::new(value).encode(family.encode_family(labels)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn series_are_bounded_whatever_is_asked_for() {
        let requests = Requests::default();
        for number in 0..SERIES_MAX + 50 {
            requests.observe(Protocol::V2, "GET", &format!("/{number}"), 200, Duration::from_millis(3));
        }
        let all = requests.snapshot();
        assert_eq!(all.len(), SERIES_MAX + 1);
        let other = all.iter().find(|(series, _)| series.route == OTHER).unwrap();
        assert_eq!(other.1.count(), 50);
        assert_eq!((method_label("GET"), method_label("BREW")), ("GET", "OTHER"));
        assert_eq!((class_label(204), class_label(404), class_label(999)), ("2xx", "4xx", "5xx"));
    }
}

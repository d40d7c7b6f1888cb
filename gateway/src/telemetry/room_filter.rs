//! Which lines are logged: those that the server's own filter takes, but of a room that has a level of its own what that
//! says.
//!
//! A line is of the room that the span names in which it stands, or that it names itself, in a field `room`. Rooms' levels
//! hold for this server's crates alone. While no room has one, callsites that the server's filter does not take are never
//! asked, as without this.
use super::room_levels::RoomLevels;
use std::fmt;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::Interest;
use tracing::{Event, Level, Metadata, Subscriber};
use tracing_subscriber::filter::{EnvFilter, LevelFilter};
use tracing_subscriber::layer::{Context, Layer};
use tracing_subscriber::registry::LookupSpan;

/// The field.
const ROOM: &str = "room";
/// The crates whose lines rooms' levels are about.
const OURS: [&str; 5] = ["gateway", "viaduct", "sfu_core", "v2_api", "livekit_api"];

/// The filter.
pub(super) struct RoomFilter {
    own: EnvFilter,
    levels: &'static RoomLevels,
}

/// Of which room a span is; kept with it.
struct OfRoom(String);

/// Finds the room among fields.
#[derive(Default)]
struct Named(Option<String>);

impl Visit for Named {
    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == ROOM {
            self.0 = Some(value.to_owned());
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() == ROOM {
            self.0 = Some(format!("{value:?}"));
        }
    }
}

fn is_ours(metadata: &Metadata<'_>) -> bool {
    metadata.target().split("::").next().is_some_and(|name| OURS.contains(&name))
}

fn names_room(metadata: &Metadata<'_>) -> bool {
    metadata.fields().field(ROOM).is_some()
}

/// A span that may be a room's. It is always there: a room may be given a level long after its clients came.
fn is_rooms_span(metadata: &Metadata<'_>) -> bool {
    metadata.is_span() && is_ours(metadata) && names_room(metadata)
}

impl RoomFilter {
    /// The server's own filter, and these levels of rooms.
    pub(super) const fn new(own: EnvFilter, levels: &'static RoomLevels) -> Self {
        Self { own, levels }
    }

    /// True where a line like this may be of a room that has a level of its own.
    fn may_differ(&self, metadata: &Metadata<'_>) -> bool {
        self.levels.any() && metadata.is_event() && is_ours(metadata)
    }

    /// The level of the room in whose span this thread works.
    fn level_here<S>(&self, context: &Context<'_, S>) -> Option<Level>
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        let span = context.lookup_current()?;
        span.scope().find_map(|span| {
            let extensions = span.extensions();
            extensions.get::<OfRoom>().and_then(|OfRoom(room)| self.levels.of(room))
        })
    }
}

impl<S> Layer<S> for RoomFilter
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        let own = <EnvFilter as Layer<S>>::register_callsite(&self.own, metadata);
        if is_rooms_span(metadata) {
            Interest::always()
        } else if self.may_differ(metadata) {
            Interest::sometimes()
        } else {
            own
        }
    }

    fn enabled(&self, metadata: &Metadata<'_>, context: Context<'_, S>) -> bool {
        if is_rooms_span(metadata) {
            return true;
        }
        if self.may_differ(metadata) {
            if let Some(level) = self.level_here(&context) {
                return *metadata.level() <= level;
            }
            if names_room(metadata) && self.levels.most().is_some_and(|most| *metadata.level() <= most) {
                // Which room it names is not known yet.
                return true;
            }
        }
        <EnvFilter as Layer<S>>::enabled(&self.own, metadata, context)
    }

    fn event_enabled(&self, event: &Event<'_>, context: Context<'_, S>) -> bool {
        let metadata = event.metadata();
        if !self.may_differ(metadata) || !names_room(metadata) || self.level_here(&context).is_some() {
            return true;
        }
        let mut named = Named::default();
        event.record(&mut named);
        match named.0.and_then(|room| self.levels.of(&room)) {
            Some(level) => *metadata.level() <= level,
            None => <EnvFilter as Layer<S>>::enabled(&self.own, metadata, context),
        }
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        let own = <EnvFilter as Layer<S>>::max_level_hint(&self.own)?;
        // The rooms' spans are of this level.
        let spans = own.max(LevelFilter::INFO);
        Some(self.levels.most().map_or(spans, |most| spans.max(LevelFilter::from_level(most))))
    }

    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        if is_rooms_span(attributes.metadata()) {
            let mut named = Named::default();
            attributes.record(&mut named);
            keep(named, id, &context);
        }
        self.own.on_new_span(attributes, id, context);
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        let mut named = Named::default();
        values.record(&mut named);
        keep(named, id, &context);
        self.own.on_record(id, values, context);
    }

    fn on_enter(&self, id: &Id, context: Context<'_, S>) {
        self.own.on_enter(id, context);
    }

    fn on_exit(&self, id: &Id, context: Context<'_, S>) {
        self.own.on_exit(id, context);
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        self.own.on_close(id, context);
    }
}

fn keep<S>(named: Named, id: &Id, context: &Context<'_, S>)
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    if let (Named(Some(room)), Some(span)) = (named, context.span(id)) {
        span.extensions_mut().replace(OfRoom(room));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Arc, Mutex};
    use tracing::field::Empty;
    use tracing::{debug, error, info, info_span};
    use tracing_subscriber::layer::SubscriberExt;

    /// Keeps what is logged.
    #[derive(Clone, Default)]
    struct Written(Arc<Mutex<Vec<String>>>);

    struct Message(String);

    impl Visit for Message {
        fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
            if field.name() == "message" {
                self.0 = format!("{value:?}");
            }
        }
    }

    impl<S: Subscriber> Layer<S> for Written {
        fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
            let mut message = Message(String::new());
            event.record(&mut message);
            self.0.lock().unwrap().push(message.0);
        }
    }

    /// What is logged of both rooms, and of none; the spans are older than any level.
    fn lines(own: &str, levels: &[(&str, Level)]) -> Vec<String> {
        let table: &'static RoomLevels = Box::leak(Box::default());
        let written = Written::default();
        let filter = RoomFilter::new(EnvFilter::new(own), table);
        let subscriber = tracing_subscriber::registry().with(written.clone()).with(filter);
        tracing::subscriber::with_default(subscriber, || {
            let of_a = info_span!("client", room = "a");
            let of_b = info_span!("client", room = Empty);
            of_b.record("room", "b");
            for (room, level) in levels {
                table.set(room, *level).unwrap();
            }
            for (span, name) in [(&of_a, "a"), (&of_b, "b")] {
                let _entered = span.enter();
                debug!("debug {name}");
                info!("info {name}");
                debug!(target: "sqlx", "debug of another crate, {name}");
            }
            debug!(room = "a", "debug names a");
            debug!(room = %"b", "debug names b");
            error!("error of none");
            debug!("debug of none");
        });
        written.0.lock().unwrap().clone()
    }

    #[test]
    fn a_room_is_as_talkative_as_its_own_level_says_and_the_rest_as_the_servers() {
        let plain = ["info a", "info b", "error of none"];
        assert_eq!(lines("info", &[]), plain);
        assert_eq!(lines("info", &[("c", Level::TRACE)]), plain);
        let louder = ["debug a", "info a", "info b", "debug names a", "error of none"];
        assert_eq!(lines("info", &[("a", Level::DEBUG)]), louder);
        assert_eq!(lines("info", &[("b", Level::ERROR)]), ["info a", "error of none"]);
        let both = ["debug b", "info b", "debug names b", "error of none"];
        assert_eq!(lines("warn", &[("b", Level::TRACE)]), both, "though the server's own level has no spans");
        assert_eq!(lines("off", &[("a", Level::INFO)]), ["info a"]);
    }
}

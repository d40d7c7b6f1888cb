//! Lays the layers over one another and checks every value; what is wrong is gathered, not the first thing told.
use super::key::{Key, Raw, Value};
use super::keys::{DEVELOPMENT, KEYS};
use super::layer::{Layer, Place, Problem, Setting};
use std::collections::BTreeMap;

/// The value in force of every setting, with where it comes from.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    values: BTreeMap<&'static str, (Option<Value>, Place)>,
    /// What is right but not acted upon.
    pub notes: Vec<Problem>,
}

/// Lays `layers` over the defaults, the last one strongest. What is wrong comes beside it; a wrong value leaves the setting
/// as the layers below say.
pub fn resolve(layers: Vec<Layer>) -> (Settings, Vec<Problem>) {
    let mut problems = Vec::new();
    let mut notes = Vec::new();
    let mut given: BTreeMap<&'static str, (Value, Place)> = BTreeMap::new();
    for layer in layers {
        problems.extend(layer.problems);
        notes.extend(layer.notes);
        for Setting { key, raw, place } in layer.settings {
            match key.kind.read(&raw) {
                Some(value) => {
                    given.insert(key.path, (value, place));
                }
                None => problems.push(Problem::new(&place, complaint(key, &raw))),
            }
        }
    }
    let dev = matches!(given.get(DEVELOPMENT.path), Some((Value::Flag(true), _)));
    let mut values = BTreeMap::new();
    for key in KEYS {
        let default = key.default_of(dev);
        let default = || Some(default).filter(|text| !text.is_empty()).map(|text| Raw::Text(text.to_owned()));
        let value = match given.remove(key.path) {
            Some((value, place)) => (Some(value), place),
            None => (default().and_then(|raw| key.kind.read(&raw)), Place::Default),
        };
        values.insert(key.path, value);
    }
    (Settings { values, notes }, problems)
}

fn complaint(key: &Key, raw: &Raw) -> String {
    let allowed = key.kind.allowed();
    match raw {
        Raw::Text(given) if !key.is_secret() => format!("{} is {given:?}; write {allowed}", key.path),
        Raw::Text(_) | Raw::List(_) | Raw::Map(_) | Raw::Records(_) => format!("{}: write {allowed}", key.path),
    }
}

impl Settings {
    /// A setting's value; `None` where it is unset.
    pub fn value(&self, key: &Key) -> Option<&Value> {
        self.values.get(key.path).and_then(|(value, _)| value.as_ref())
    }

    /// Where a setting's value comes from.
    pub fn place(&self, key: &Key) -> Place {
        self.values.get(key.path).map_or(Place::Default, |(_, place)| place.clone())
    }

    /// True where somebody gave it.
    pub fn is_given(&self, key: &Key) -> bool {
        self.place(key) != Place::Default
    }

    /// A flag's value; false where unset.
    pub fn flag(&self, key: &Key) -> bool {
        matches!(self.value(key), Some(Value::Flag(true)))
    }

    /// A number's value; 0 where unset.
    pub fn number(&self, key: &Key) -> u64 {
        match self.value(key) {
            Some(Value::Number(number)) => *number,
            Some(
                Value::Flag(_) | Value::Span(..) | Value::Text(_) | Value::List(_) | Value::Map(_) | Value::Records(_),
            )
            | None => 0,
        }
    }

    /// A number of a narrower type, which its range in the table warrants; the type's default where it does not fit.
    pub fn narrow<T: TryFrom<u64> + Default>(&self, key: &Key) -> T {
        T::try_from(self.number(key)).unwrap_or_default()
    }

    /// A text's value; empty where unset.
    pub fn text(&self, key: &Key) -> &str {
        match self.value(key) {
            Some(Value::Text(text)) => text,
            Some(
                Value::Flag(_)
                | Value::Span(..)
                | Value::Number(_)
                | Value::List(_)
                | Value::Map(_)
                | Value::Records(_),
            )
            | None => "",
        }
    }

    /// A list's value; empty where unset.
    pub fn list(&self, key: &Key) -> &[String] {
        match self.value(key) {
            Some(Value::List(list)) => list,
            Some(
                Value::Flag(_)
                | Value::Span(..)
                | Value::Number(_)
                | Value::Text(_)
                | Value::Map(_)
                | Value::Records(_),
            )
            | None => &[],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::keys::{API_KEYS, PORT, PROFILE, UDP_PORT};
    use crate::config::{dotenv, environment, yaml};

    #[test]
    fn the_later_layer_wins_and_its_place_is_known() {
        let yaml = yaml::read("v.yaml", "port: 1\ntls_port: 2\nprofile: full\n");
        let env_file = dotenv::read(".env", "HTTPS_PORT=3\n");
        let variables = BTreeMap::from([("VIADUCT_TLS_PORT".to_owned(), "4".to_owned())]);
        let (settings, problems) = resolve(vec![yaml, env_file, environment::read(&variables)]);
        assert_eq!(problems, []);
        assert_eq!((settings.number(&PORT), settings.place(&PORT).to_string()), (1, "v.yaml:1".to_owned()));
        assert_eq!(settings.number(&crate::config::keys::TLS_PORT), 4);
        assert_eq!(settings.text(&PROFILE), "full");
        assert_eq!(settings.value(&UDP_PORT), Some(&Value::Span(7882, 7882)));
        assert_eq!(settings.place(&UDP_PORT), Place::Default);
    }

    #[test]
    fn all_problems_are_told_at_once_and_secrets_never() {
        let yaml = yaml::read("v.yaml", "port: 70000\nprofile: fulll\nnope: 1\nkeys: hush-hush\n");
        let problems: Vec<String> = resolve(vec![yaml]).1.iter().map(ToString::to_string).collect();
        assert_eq!(
            problems,
            [
                "v.yaml:3: unknown key nope",
                "v.yaml:1: port is \"70000\"; write a port from 0 to 65535",
                "v.yaml:2: profile is \"fulll\"; write one of mediasoup, full",
                "v.yaml:4: keys: write API keys with their secrets, like `key: secret`",
            ]
        );
    }

    #[test]
    fn development_mode_has_defaults_of_its_own() {
        let dev = Setting { key: &DEVELOPMENT, raw: Raw::Text("true".into()), place: Place::Flag("dev".into()) };
        let layer = Layer { settings: vec![dev], ..Layer::default() };
        assert!(matches!(resolve(vec![layer]).0.value(&API_KEYS), Some(Value::Map(_))));
        assert_eq!(resolve(Vec::new()).0.value(&API_KEYS), None);
    }
}

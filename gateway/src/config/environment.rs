//! The environment: `VIADUCT_…` for every setting, LiveKit's and OpenVidu's own names beside it.
use super::key::Raw;
use super::keys::KEYS;
use super::layer::{Layer, Place, Problem, Setting};
use std::collections::BTreeMap;

/// Variables with our prefix that are no settings: the files to read, and what the tests use.
const OTHERS: [&str; 4] = ["VIADUCT_CONFIG", "VIADUCT_ENV_FILE", "VIADUCT_BIN", "VIADUCT_BLESS"];

/// Reads the variables.
pub fn read(variables: &BTreeMap<String, String>) -> Layer {
    let mut layer = Layer::default();
    for key in KEYS {
        let set = key.variables().into_iter().find_map(|name| variables.get(&name).map(|value| (name, value)));
        if let Some((name, value)) = set.filter(|(_, value)| !value.is_empty()) {
            let (raw, place) = (Raw::Text(value.clone()), Place::Variable(name));
            layer.settings.push(Setting { key, raw, place });
        }
    }
    let known: Vec<String> = KEYS.iter().flat_map(|key| key.variables()).chain(OTHERS.map(str::to_owned)).collect();
    for name in variables.keys().filter(|name| name.starts_with("VIADUCT_") && !known.contains(name)) {
        let place = Place::Variable(name.clone());
        layer.problems.push(Problem::unknown(&place, name, known.iter().map(String::as_str)));
    }
    layer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_own_name_goes_before_the_others() {
        let variables = [("UDP_PORT", "1"), ("LIVEKIT_RTC_UDP_PORT", "2"), ("VIADUCT_RTC_UDP_PORT", "3")];
        for count in 1..=3 {
            let set =
                variables[..count].iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
            let layer = read(&set);
            assert_eq!(layer.settings.len(), 1);
            assert_eq!(layer.settings[0].raw, Raw::Text(count.to_string()));
        }
    }

    #[test]
    fn a_mistyped_variable_of_ours_is_told_and_a_strangers_is_not() {
        let set = BTreeMap::from([("VIADUCT_PROT".to_owned(), "1".to_owned()), ("HOME".to_owned(), "/".to_owned())]);
        let problems: Vec<String> = read(&set).problems.iter().map(ToString::to_string).collect();
        assert_eq!(
            problems,
            ["environment variable VIADUCT_PROT: unknown key VIADUCT_PROT; did you mean VIADUCT_PORT?"]
        );
    }
}

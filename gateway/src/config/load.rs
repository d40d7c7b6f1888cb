//! Reads all sources of configuration and puts them together.
use super::args::Invocation;
use super::build::build;
use super::key::Raw;
use super::keys::{DATA_DIR, DEVELOPMENT, PORT, TLS_PORT, UDP_PORT};
use super::layer::{Layer, Place, Problem, Setting};
use super::resolve::{Settings, resolve};
use super::{Config, dotenv, environment, yaml};
use crate::media::TcpPort;
use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

/// A configuration that can be used.
#[derive(Debug)]
pub struct Loaded {
    /// The configuration.
    pub config: Config,
    /// Its values with their origins.
    pub settings: Settings,
    /// What the operator should know.
    pub notes: Vec<Problem>,
}

/// Everything that is wrong with the configuration.
#[derive(Debug, thiserror::Error)]
pub struct LoadError(pub Vec<Problem>);

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the configuration cannot be used:")?;
        self.0.iter().try_for_each(|problem| write!(f, "\n  {problem}"))
    }
}

/// Reads what `invocation` names, and `variables`.
pub fn load(invocation: &Invocation, variables: &BTreeMap<String, String>) -> Result<Loaded, LoadError> {
    let mut yaml = match &invocation.body {
        Some(body) => Some(yaml::read("--config-body", body)),
        None => invocation.file.as_deref().map(|path| file(path, yaml::read)),
    };
    if let Some(layer) = yaml.as_mut().filter(|_| invocation.lenient) {
        let (unknown, problems) = std::mem::take(&mut layer.problems).into_iter().partition(Problem::is_unknown_key);
        layer.problems = problems;
        layer.notes.extend::<Vec<Problem>>(unknown);
    }
    let env_file = invocation.env_file.as_deref().map(|path| file(path, dotenv::read));
    let mut layers: Vec<Layer> = yaml.into_iter().chain(env_file).collect();
    layers.push(environment::read(variables));
    layers.push(invocation.layer.clone());
    let env_dir = invocation.env_file.as_deref().and_then(Path::parent);
    together(layers, env_dir)
}

fn together(layers: Vec<Layer>, env_dir: Option<&Path>) -> Result<Loaded, LoadError> {
    let unreadable = layers.iter().any(|layer| layer.unreadable);
    let (settings, mut problems) = resolve(layers);
    if unreadable {
        // The rules between settings would only complain of what the file may say.
        return Err(LoadError(problems));
    }
    let mut notes = settings.notes.clone();
    match build(&settings, env_dir, &mut notes) {
        Ok(config) if problems.is_empty() => Ok(Loaded { config, settings, notes }),
        Ok(_) => Err(LoadError(problems)),
        Err(more) => {
            problems.extend(more);
            Err(LoadError(problems))
        }
    }
}

fn file(path: &Path, read: fn(&str, &str) -> Layer) -> Layer {
    let name = path.display().to_string();
    match std::fs::read_to_string(path) {
        Ok(text) => read(&name, &text),
        Err(error) => {
            Layer { problems: vec![Problem::new(name, error.to_string())], unreadable: true, ..Layer::default() }
        }
    }
}

/// Development mode on free ports with `data_dir`: for tests that start a server of their own.
pub fn dev(data_dir: &Path) -> Result<Config, LoadError> {
    let set = |key, text: &str| Setting { key, raw: Raw::Text(text.to_owned()), place: Place::Default };
    let data_dir = data_dir.to_string_lossy();
    let settings = vec![
        set(&DEVELOPMENT, "true"),
        set(&DATA_DIR, &data_dir),
        set(&PORT, "0"),
        set(&TLS_PORT, "0"),
        set(&UDP_PORT, "0"),
    ];
    let mut config = together(vec![Layer { settings, ..Layer::default() }], None)?.config;
    config.media.tcp_port = TcpPort::Any;
    Ok(config)
}

#[cfg(test)]
mod tests {
    use super::super::args;
    use super::*;

    fn loaded(words: &[&str]) -> Result<Loaded, String> {
        let words = ["viaduct"].iter().chain(words).map(Into::into);
        load(&args::read(words).unwrap(), &BTreeMap::new()).map_err(|error| error.to_string())
    }

    #[test]
    fn wrong_values_unknown_keys_and_broken_rules_are_told_together() {
        let path = std::env::temp_dir().join(format!("viaduct-load-{}.yaml", std::process::id()));
        std::fs::write(&path, "prot: 1\nprofile: ful\nkeys:\n  k: secret\n").unwrap();
        let error = loaded(&["--config", path.to_str().unwrap()]).unwrap_err();
        std::fs::write(&path, "port: [").unwrap();
        let unreadable = loaded(&["--config", path.to_str().unwrap()]).unwrap_err();
        std::fs::remove_file(&path).unwrap();
        for part in ["did you mean port?", "one of mediasoup, full", "API key k is one that everybody knows"] {
            assert!(error.contains(part), "{part} in {error}");
        }
        assert!(!unreadable.contains("openvidu.secret"), "{unreadable}");
    }

    #[test]
    fn a_missing_file_is_told_and_development_mode_needs_none() {
        assert!(loaded(&["--config", "/nowhere/v.yaml"]).unwrap_err().contains("/nowhere/v.yaml"));
        assert!(loaded(&["--dev"]).unwrap().config.dev);
    }
}

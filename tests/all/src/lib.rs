//! The workspace's own tests: the walls between the crates (`tests/tidy`), stories over both protocols and simulations
//! of the media core. The code is in `tests/`; this library only names the root for them.

use std::path::{Path, PathBuf};

/// The workspace's root folder.
pub fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here).to_owned()
}

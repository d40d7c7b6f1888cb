//! What a person would notice, the same in both worlds: who is there, and what their pictures and sounds are said to be.
use std::collections::BTreeMap;
use std::fmt;

/// A source of media, as people call it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Source {
    /// A microphone.
    Microphone,
    /// A camera.
    Camera,
    /// A shared screen.
    Screen,
    /// The sound of a shared screen.
    ScreenSound,
}

impl Source {
    /// Its name in views and flows.
    pub fn name(self) -> &'static str {
        match self {
            Self::Microphone => "microphone",
            Self::Camera => "camera",
            Self::Screen => "screen",
            Self::ScreenSound => "screen sound",
        }
    }

    /// True for sound.
    pub fn is_sound(self) -> bool {
        match self {
            Self::Microphone | Self::ScreenSound => true,
            Self::Camera | Self::Screen => false,
        }
    }

    /// True for what a shared screen gives.
    pub fn is_screen(self) -> bool {
        match self {
            Self::Microphone | Self::Camera => false,
            Self::Screen | Self::ScreenSound => true,
        }
    }

    /// The kind of media.
    pub fn kind(self) -> str0m::media::MediaKind {
        if self.is_sound() { str0m::media::MediaKind::Audio } else { str0m::media::MediaKind::Video }
    }
}

/// A tile on the screen: what is shown of one stream.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Tile {
    /// There is sound and it is not muted.
    pub sound: bool,
    /// There is a picture and it is not muted.
    pub picture: bool,
}

/// Everybody else in the room, by name, with their tiles by what they show (`camera`, `screen`).
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct View(pub BTreeMap<String, BTreeMap<String, Tile>>);

impl View {
    /// Somebody is there.
    pub fn person(&mut self, name: &str) {
        self.0.entry(name.to_owned()).or_default();
    }

    /// A tile of somebody's.
    pub fn tile(&mut self, name: &str, what: &str) -> &mut Tile {
        self.0.entry(name.to_owned()).or_default().entry(what.to_owned()).or_default()
    }
}

impl fmt::Display for View {
    /// `alice(camera: sound+picture, screen: picture) bob()`; a tile with neither is `camera: -`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let people: Vec<String> = self
            .0
            .iter()
            .map(|(name, tiles)| {
                let tiles: Vec<String> = tiles
                    .iter()
                    .map(|(what, tile)| {
                        let state = match (tile.sound, tile.picture) {
                            (true, true) => "sound+picture",
                            (true, false) => "sound",
                            (false, true) => "picture",
                            (false, false) => "-",
                        };
                        format!("{what}: {state}")
                    })
                    .collect();
                format!("{name}({})", tiles.join(", "))
            })
            .collect();
        f.write_str(&people.join(" "))
    }
}

//! Call detail records as files: a JSON object a line, a new file with each start and each day (UTC), the oldest removed
//! (openvidu-v2 section 6).
use super::delivery::Outcome;
use crate::clock;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use v2_api::{CdrPart, Wanted};

/// Files that are kept.
const FILES_MAX: usize = 30;
/// Bytes of all files together that are kept.
const BYTES_MAX: u64 = 20_000_000_000;
/// Milliseconds of a day.
const DAY_MS: u64 = 86_400_000;

/// Why the folder cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("CDR folder {folder}: {source}")]
pub struct CdrError {
    folder: PathBuf,
    source: io::Error,
}

/// The folder, with the file that is written at present.
pub struct CdrFolder {
    folder: PathBuf,
    file: File,
    day: u64,
}

impl CdrFolder {
    /// Opens the folder, makes it where there is none, and begins a file.
    pub fn open(folder: &Path) -> Result<Self, CdrError> {
        let failed = |source| CdrError { folder: folder.to_owned(), source };
        std::fs::create_dir_all(folder).map_err(failed)?;
        let now_ms = clock::now().unix_ms;
        let file = begin(folder, now_ms).map_err(failed)?;
        Ok(Self { folder: folder.to_owned(), file, day: now_ms / DAY_MS })
    }

    pub(super) fn append(&mut self, line: &str) -> Outcome {
        match self.write(line, clock::now().unix_ms) {
            Ok(()) => Outcome::Delivered,
            Err(error) => Outcome::Failed(error.to_string()),
        }
    }

    fn write(&mut self, line: &str, now_ms: u64) -> io::Result<()> {
        if now_ms / DAY_MS != self.day {
            self.file = begin(&self.folder, now_ms)?;
            self.day = now_ms / DAY_MS;
        }
        // In one piece: a line is there whole, or not at all.
        self.file.write_all(format!("{line}\n").as_bytes())
    }
}

fn begin(folder: &Path, now_ms: u64) -> io::Result<File> {
    let file = OpenOptions::new().create(true).append(true).open(folder.join(name(now_ms)))?;
    let mut files = records(folder);
    files.sort_by(|a, b| b.0.cmp(&a.0));
    let mut bytes = 0;
    for (number, (name, size)) in files.iter().enumerate() {
        bytes += size;
        if number >= FILES_MAX || (bytes > BYTES_MAX && number > 0) {
            std::fs::remove_file(folder.join(name))?;
        }
    }
    Ok(file)
}

/// The files of call detail records in a folder, with their sizes in bytes; none where there is no such folder.
fn records(folder: &Path) -> Vec<(String, u64)> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let named = entries.filter_map(|entry| {
        let name = entry.file_name().into_string().ok()?;
        let good = name.starts_with("CDR.") && name.ends_with(".log");
        Some((name, entry.metadata().ok().filter(|data| data.is_file())?.len())).filter(|_| good)
    });
    named.collect()
}

/// The names of the files of call detail records in a folder, oldest first.
pub fn cdr_files(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = records(folder).into_iter().map(|(name, _)| name).collect();
    names.sort();
    names
}

/// One of these files, or the wanted part of it; `None` where there is no such file.
pub fn cdr_file(folder: &Path, name: &str, wanted: Option<Wanted>) -> Option<CdrPart> {
    let (_, total) = records(folder).into_iter().find(|(known, _)| known == name)?;
    let range = match wanted {
        None => total.checked_sub(1).map(|last| 0..=last),
        Some(wanted) => wanted.of(total),
    };
    let Some(range) = range else { return Some(CdrPart { bytes: Vec::new(), first: 0, total }) };
    let first = *range.start();
    let mut file = File::open(folder.join(name)).ok()?;
    file.seek(SeekFrom::Start(first)).ok()?;
    let mut bytes = Vec::new();
    file.take(range.end() - first + 1).read_to_end(&mut bytes).ok()?;
    Some(CdrPart { bytes, first, total })
}

/// `CDR.2026-11-25_22-58-03.log`.
fn name(unix_ms: u64) -> String {
    let second = unix_ms / 1_000 % 86_400;
    let (year, month, day) = date(unix_ms / DAY_MS);
    let (hour, minute) = (second / 3_600, second / 60 % 60);
    format!("CDR.{year:04}-{month:02}-{day:02}_{hour:02}-{minute:02}-{:02}.log", second % 60)
}

/// Year, month and day of the Gregorian calendar, from days since 1970: counted in years that begin with March, of which
/// 400 have 146,097 days.
fn date(days: u64) -> (u64, u64, u64) {
    let shifted = days + 719_468;
    let (era, of_era) = (shifted / 146_097, shifted % 146_097);
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let march_month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
    (era * 400 + year + u64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_named_by_the_moment_they_begin() {
        let cases = [
            (0, "CDR.1970-01-01_00-00-00.log"),
            (951_782_399_000, "CDR.2000-02-28_23-59-59.log"),
            (951_782_400_000, "CDR.2000-02-29_00-00-00.log"),
            (1_795_618_512_103, "CDR.2026-11-25_14-55-12.log"),
            (4_107_542_400_000, "CDR.2100-03-01_00-00-00.log"),
        ];
        for (unix_ms, expected) in cases {
            assert_eq!(name(unix_ms), expected);
        }
    }

    #[test]
    fn a_new_day_begins_a_new_file_and_the_oldest_goes() {
        let folder = std::env::temp_dir().join(format!("viaduct-cdr-{}", std::process::id()));
        let mut cdr = CdrFolder::open(&folder).unwrap();
        let today = cdr.day;
        for day in 1..=40 {
            cdr.write(&format!("line {day}"), (today + day) * DAY_MS).unwrap();
        }
        cdr.write("another", (today + 40) * DAY_MS + 5_000).unwrap();
        let mut files = records(&folder);
        files.sort();
        assert_eq!(files.len(), FILES_MAX);
        let (newest, _) = files.last().unwrap();
        assert_eq!(newest, &name((today + 40) * DAY_MS));
        assert_eq!(std::fs::read_to_string(folder.join(newest)).unwrap(), "line 40\nanother\n");
        std::fs::remove_dir_all(folder).unwrap();
    }
}

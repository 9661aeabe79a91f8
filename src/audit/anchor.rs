//! The file of checkpoints on another volume or machine: one JSON object a line, only ever appended to.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use super::model::{AuditCheckpoint, Checkpoint};

/// Lines that are compared at a time, the newest.
const MOST_LINES: usize = 1000;

/// Appends a checkpoint, and waits until it is on the disk.
pub fn append(file: &Path, checkpoint: &Checkpoint) -> io::Result<()> {
    let mut line = serde_json::to_vec(&AuditCheckpoint::from(checkpoint.clone()))?;
    line.push(b'\n');
    let mut out = OpenOptions::new().append(true).create(true).open(file)?;
    out.write_all(&line)?;
    out.sync_data()
}

/// The newest checkpoints of the file, oldest first; none where there is no file yet. A line that is no checkpoint is an
/// error.
pub fn read(file: &Path) -> io::Result<Vec<Checkpoint>> {
    let text = match fs::read_to_string(file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        text => text?,
    };
    let lines: Vec<&str> = text.lines().rev().take(MOST_LINES).collect();
    lines
        .into_iter()
        .rev()
        .map(|line| {
            let told: AuditCheckpoint = serde_json::from_str(line)?;
            told.try_into().map_err(|()| io::Error::other("a line is no checkpoint"))
        })
        .collect()
}

//! Stories of the room: commands, media events and time in; what is said, told to the worker and wanted outside, out.

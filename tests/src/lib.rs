//! Tests that span several providers; they stand in `tests/`.

//! Keeps a note in a store below a directory, finds it by its prefix, and reads it back.

#![expect(clippy::print_stdout, reason = "an example for the terminal")]

use storage::Result;

async fn keep_a_note(root: &str) -> Result<String> {
    let storage = storage::open("local", [("root", root)])?;
    let notes = storage.container("notes")?;
    notes.create_if_missing().await?;
    notes.object("2026/todo.txt")?.put("water the plants").metadata("author", "jo").await?;

    let mut listing = notes.list().prefix("2026/");
    while let Some(entry) = listing.next().await {
        println!("found {}", entry?.name());
    }
    notes.object("2026/todo.txt")?.get().text().await
}

#[tokio::main]
async fn main() -> Result<()> {
    println!("{}", keep_a_note(&std::env::args().nth(1).unwrap_or("store".into())).await?);
    Ok(())
}

#[tokio::test]
async fn the_note_is_kept() {
    let root = tempfile::tempdir().unwrap();
    assert_eq!(keep_a_note(root.path().to_str().unwrap()).await.unwrap(), "water the plants");
}

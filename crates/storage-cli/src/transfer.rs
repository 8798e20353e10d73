//! Flags and messages that all transfers share.

use std::fs::File;
use std::io::{BufRead, BufReader, stdin};
use std::path::PathBuf;

use clap::Args;
use futures_util::StreamExt as _;
use serde_json::json;
use storage::{CannedAcl, Pairs, PutOptions};
use storage_transfer::{
    Action, Copy, Failure as Failed, Filter, Overwrite, Plan, Report, Source, Target, TransferOptions,
};

use crate::arguments::{parse_acl, parse_bytes, parse_pair};
use crate::context::Context;
use crate::exit::{Exit, Failure, Result};
use crate::location::Place;
use crate::output::{count, human_bytes};
use crate::progress::{Progress, rate};

/// Which names of a tree are meant.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct FilterFlags {
    /// Means only what matches, in the syntax of .gitignore; may be given again.
    #[arg(long, value_name = "PATTERN")]
    include: Vec<String>,
    /// Leaves out what matches, in the syntax of .gitignore; may be given again, and is stronger than --include.
    #[arg(long, value_name = "PATTERN")]
    exclude: Vec<String>,
    /// Leaves out what a file in the form of .gitignore ignores; may be given again.
    #[arg(long, value_name = "FILE")]
    filter_file: Vec<PathBuf>,
}

impl FilterFlags {
    pub(crate) fn filter(&self) -> Result<Filter> {
        let mut filter = Filter::new();
        for path in &self.filter_file {
            let text = std::fs::read_to_string(path).map_err(|error| {
                Failure::usage(format!("can't read the filter file `{}`", path.display())).with_source(error)
            })?;
            filter = filter.exclude_lines(&text)?;
        }
        for pattern in &self.exclude {
            filter = filter.exclude(pattern)?;
        }
        for pattern in &self.include {
            filter = filter.include(pattern)?;
        }
        Ok(filter)
    }
}

/// How a transfer of trees runs.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct TransferFlags {
    #[command(flatten)]
    pub(crate) filter: FilterFlags,
    /// Prints the plan as JSON lines and does nothing.
    #[arg(long, short = 'n')]
    pub(crate) dry_run: bool,
    /// Transfers only the names in this file, which are separated by NUL characters; `-` is standard input.
    #[arg(long, value_name = "FILE")]
    files_from0: Option<String>,
    /// Follows symbolic links that stay inside the tree.
    #[arg(long)]
    links: bool,
    /// Leaves alone what the destination has.
    #[arg(long, visible_alias = "if-absent", conflicts_with = "if_newer")]
    pub(crate) no_clobber: bool,
    /// Replaces only what is older than the source.
    #[arg(long)]
    pub(crate) if_newer: bool,
    /// How many items are on their way at once.
    #[arg(long, value_name = "N")]
    jobs: Option<usize>,
    /// The size of the parts of large items, such as 16m.
    #[arg(long, value_name = "BYTES", value_parser = parse_bytes)]
    pub(crate) part_size: Option<u64>,
    /// How many parts of one item are on their way at once.
    #[arg(long, value_name = "N")]
    pub(crate) part_jobs: Option<usize>,
}

impl TransferFlags {
    pub(crate) fn options(&self, context: &Context) -> Result<TransferOptions> {
        let mut options = TransferOptions::new()
            .filter(self.filter.filter()?)
            .follow_links(self.links)
            .cancel(context.cancel.clone());
        options.overwrite = match (self.no_clobber, self.if_newer) {
            (true, _) => Overwrite::Never,
            (_, true) => Overwrite::IfNewer,
            _ => Overwrite::Always,
        };
        if let Some(jobs) = self.jobs {
            options = options.jobs(jobs);
        }
        if let Some(parts) = self.part_jobs {
            options = options.part_jobs(parts);
        }
        options.part_bytes = self.part_size;
        Ok(options)
    }

    /// Opens the list of names, if there is one.
    pub(crate) fn names(&self) -> Result<Option<Box<dyn BufRead + Send>>> {
        match self.files_from0.as_deref() {
            None => Ok(None),
            Some("-") => Ok(Some(Box::new(BufReader::new(stdin())))),
            Some(path) => match File::open(path) {
                Ok(file) => Ok(Some(Box::new(BufReader::new(file)))),
                Err(error) => Err(Failure::usage(format!("can't read the list `{path}`")).with_source(error)),
            },
        }
    }
}

/// What is written beside the content.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct PutFlags {
    /// Metadata of every object that is written; may be given again.
    #[arg(long, value_name = "NAME=VALUE", value_parser = parse_pair)]
    metadata: Vec<(String, String)>,
    /// The media type; guessed from the name unless given.
    #[arg(long, value_name = "TYPE")]
    content_type: Option<String>,
    /// How the content is encoded, such as gzip.
    #[arg(long, value_name = "CODING")]
    content_encoding: Option<String>,
    /// How caches may keep it.
    #[arg(long, value_name = "WORDS")]
    cache_control: Option<String>,
    /// The store's own word for how it is kept.
    #[arg(long, value_name = "CLASS")]
    storage_class: Option<String>,
    /// Who may read it: private, public-read or another list of the store's.
    #[arg(long, value_name = "LIST", value_parser = parse_acl)]
    pub(crate) acl: Option<CannedAcl>,
    /// An option of the provider's own; may be given again.
    #[arg(long, value_name = "NAME=VALUE", value_parser = parse_pair)]
    option: Vec<(String, String)>,
}

impl PutFlags {
    /// Makes the options for writes into a store; `None` when no flag is given.
    pub(crate) fn options(&self, place: &Place, context: &Context) -> Result<Option<PutOptions>> {
        if self.is_empty() {
            return Ok(None);
        }
        let Self { metadata, content_type, content_encoding, cache_control, storage_class, acl, option } =
            self;
        let mut options = match option.is_empty() {
            true => PutOptions::new(),
            false => {
                let pairs: Pairs = option.iter().map(|(name, value)| (name, value.as_str())).collect();
                let (provider, _) = context.registry.provider(&place.storage.provider().id)?;
                (provider.put_options)(&pairs)?
            }
        };
        for (name, value) in metadata {
            options.metadata.insert(name, value);
        }
        options.content_type.clone_from(content_type);
        options.content_encoding.clone_from(content_encoding);
        options.cache_control.clone_from(cache_control);
        options.storage_class.clone_from(storage_class);
        options.acl = acl.or(options.acl);
        Ok(Some(options))
    }

    fn is_empty(&self) -> bool {
        let Self { metadata, content_type, content_encoding, cache_control, storage_class, acl, option } =
            self;
        let plain = [content_type, content_encoding, cache_control, storage_class];
        metadata.is_empty() && option.is_empty() && acl.is_none() && plain.iter().all(|it| it.is_none())
    }

    /// Refuses flags that nothing would come of.
    pub(crate) fn refuse_for_files(&self) -> Result<()> {
        if self.is_empty() {
            return Ok(());
        }
        Err(Failure::usage(
            "ordinary files keep no metadata, types or options; these flags need a store to write to",
        ))
    }
}

/// Runs a transfer with its progress on show.
pub(crate) async fn run(copy: Copy, options: TransferOptions, context: &Context) -> Result<Report> {
    let progress = Progress::start(&context.global);
    let report = copy.options(options.observer(progress.observer())).await;
    progress.end();
    let report = report?;
    say_report(&report, &progress, "copied", context)?;
    Ok(report)
}

/// Prints the plan, and nothing else.
pub(crate) async fn dry_run(mut plan: Plan, context: &Context) -> Result<()> {
    while let Some(action) = context.guard(async { Ok(plan.next().await) }).await? {
        let line = match &action {
            Action::Copy(it) => json!({
                "type": "copy", "name": it.name, "bytes": it.size, "from": source(&it.source), "to": target(&it.target),
            }),
            Action::Skip { name, reason } => json!({ "type": "skip", "name": name, "reason": reason.code() }),
            Action::Fail { name, error } => {
                json!({ "type": "fail", "name": name, "message": crate::exit::in_one_line(error) })
            }
            _ => continue,
        };
        context.output.text(&line.to_string())?;
    }
    Ok(())
}

fn source(source: &Source) -> String {
    match source {
        Source::File { path, .. } => path.to_string_lossy().into_owned(),
        Source::Object { object, .. } => object_name(object),
        _ => String::new(),
    }
}

fn target(target: &Target) -> String {
    match target {
        Target::File(name) => name.clone(),
        Target::Object(object) => object_name(object),
        _ => String::new(),
    }
}

fn object_name(object: &storage::Object) -> String {
    let container = object.container();
    format!("{}://{}/{}", container.storage().provider().id, container.name().as_str(), object.key().as_str())
}

/// Says what came of a transfer.
pub(crate) fn say_report(report: &Report, progress: &Progress, done: &str, context: &Context) -> Result<()> {
    let seconds = progress.elapsed().as_secs_f64();
    if context.output.json {
        return context.output.result(
            json!({
                "type": "summary", "done": report.done, "bytes": report.bytes, "skipped": report.skipped,
                "failed": report.failed, "unfinished": report.unfinished, "source_complete": report.source_complete,
                "cancelled": report.cancelled, "seconds": seconds,
            }),
            String::new,
        );
    }
    let mut line = format!("{done} {}, {}", count(report.done, "item", "items"), human_bytes(report.bytes));
    line += &format!(" in {seconds:.1} s ({}/s)", human_bytes(rate(report.bytes, seconds)));
    for (number, word) in
        [(report.skipped, "skipped"), (report.failed, "failed"), (report.unfinished, "left undone")]
    {
        if number > 0 {
            line += &format!(", {number} {word}");
        }
    }
    if report.cancelled {
        line += "; what was not begun is not counted, run it again to go on";
    }
    context.note(&line);
    Ok(())
}

/// Turns what is left undone into the exit code.
pub(crate) fn judge(report: &Report, single: bool) -> Result<()> {
    if report.cancelled {
        return Err(Failure::said(Exit::Interrupted));
    }
    if report.is_complete() {
        return Ok(());
    }
    // Of a single item, or of a source that could not be listed, the code can say more than that it failed.
    let telling = |it: &&Failed| it.name.is_empty() || (single && report.failed == 1);
    match report.failures.iter().find(telling) {
        Some(failure) => Err(Failure::said(Exit::of(failure.error.kind()))),
        None => Err(Failure::said(Exit::SomeFailed)),
    }
}

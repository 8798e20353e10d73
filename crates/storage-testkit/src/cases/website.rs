//! Static websites.

use storage_core::groups::{CorsRule, WebsiteConfig};

use crate::conformance::{Ctx, Outcome, cases, equal, that};

cases! {
    "website/none_at_first" [website container_websites]: "Returns the settings; `None` when the container is no website."
        => none_at_first;
    "website/set_and_stop" [website container_websites]: "Makes the container a website, or with `None` stops it." => set_and_stop;
    "website/url" [website container_websites]: "Returns the address of the website." => url;
    "website/cors" [website container_websites]: "Sets which pages of other sites may read the container; no rule forbids all." => cors;
    "website/cors_asked" [website container_websites]: "Returns which pages of other sites may read the container." => cors_asked;
}

async fn none_at_first(ctx: &Ctx) -> Outcome {
    let Some(group) = ctx.driver().website() else { return Ok(()) };
    equal(group.website(ctx.container()).await?, None, "the settings of a new container")
}

async fn set_and_stop(ctx: &Ctx) -> Outcome {
    let Some(group) = ctx.driver().website() else { return Ok(()) };
    let config = WebsiteConfig::new("index.html").error("errors/404.html");
    group.set_website(ctx.container(), Some(&config)).await?;
    equal(group.website(ctx.container()).await?, Some(config), "the settings")?;
    let config = WebsiteConfig::new("home.html");
    group.set_website(ctx.container(), Some(&config)).await?;
    equal(group.website(ctx.container()).await?, Some(config), "the settings, replaced")?;
    group.set_website(ctx.container(), None).await?;
    equal(group.website(ctx.container()).await?, None, "the settings, removed")
}

async fn url(ctx: &Ctx) -> Outcome {
    let Some(group) = ctx.driver().website() else { return Ok(()) };
    group.set_website(ctx.container(), Some(&WebsiteConfig::new("index.html"))).await?;
    let url = group.website_url(ctx.container()).await?;
    that(url.starts_with("http://") || url.starts_with("https://"), format!("`{url}` is an address"))
}

fn rule() -> CorsRule {
    let mut rule = CorsRule::default();
    rule.origins = vec!["https://example.com".to_owned()];
    rule.methods = vec!["GET".to_owned(), "HEAD".to_owned()];
    rule
}

async fn cors(ctx: &Ctx) -> Outcome {
    let Some(group) = ctx.driver().website() else { return Ok(()) };
    group.set_cors(ctx.container(), &[rule()]).await?;
    let rules = group.cors(ctx.container()).await?;
    equal(rules.len(), 1, "the number of rules")?;
    that(rules.iter().all(|it| it.origins == rule().origins), "the origins")?;
    group.set_cors(ctx.container(), &[]).await?;
    equal(group.cors(ctx.container()).await?, Vec::new(), "the rules, removed")
}

async fn cors_asked(ctx: &Ctx) -> Outcome {
    let Some(group) = ctx.driver().website() else { return Ok(()) };
    equal(group.cors(ctx.container()).await?, Vec::new(), "the rules of a new container")
}

/**
 * Words that speak for a category when they stand in a title or an address. Only words that seldom mean
 * anything else: the rules that read them would rather say nothing than something wrong.
 *
 * @type {Record<string, string>}
 */
export const CATEGORY_WORDS = {
  dev: `api apis commit commits compiler css debug debugging dockerfile git github gitlab golang gradle html
    javascript jquery json kotlin laravel linter merge npm numpy programming programmieren pypi python pytest
    react readme refactor regex repo repository rust sdk stacktrace stackoverflow swift typescript vue webpack
    pull-request changelog async mutex localhost programación programmation softwareentwicklung entwickler
    desarrollador développeur hackathon codebase devtools frontend backend`,
  social: `chat chats dm feed followers following forum forums friends hashtag messages messenger profile
    retweet subreddit thread threads timeline tweet tweets community amigos freunde nachrichten-app discord
    notifications mentions`,
  entertainment: `album anime band bandcamp cinema comic comics concert episode episodes film filme films game
    gameplay games gaming guitar imdb lyrics manga movie movies music musik musique música playlist podcast
    podcasts película películas season serie series serien soundtrack spotify stream streaming trailer videos
    walkthrough watch esports livestream season spiele jeu juego videoclip official-video`,
  work: `agenda backlog calendar deck document documents dokument docs-home gmail inbox invoice invoices jira
    kanban kalender meeting meetings okr onboarding payroll posteingang präsentation presentation recruiting
    résumé resume roadmap salary schedule sheet slides sprint spreadsheet standup tabelle timesheet workspace
    payslip outlook calendrier calendario correo reunión réunion besprechung bewerbung stellenangebote jobs`,
  cloud: `aws azure bucket buckets cloud cloudflare cloudwatch cluster clusters console dashboards datacenter
    deployment deployments dns domains droplet ec2 firewall grafana helm hosting iam instances kubernetes
    kubectl lambda loadbalancer nameserver namespace nodes pods prometheus provisioning s3 serverless ssl
    terraform vercel vm vpc vps webhosting nextcloud dropbox uptime storage-account`,
  shopping: `angebot angebote basket bestellung bestellungen bestseller buy cart checkout compra comprar coupon
    deals delivery discount einkaufen einkaufswagen gutschein in-stock kaufen lieferung order orders oferta
    ofertas panier preis preise preisvergleich price prices prix product products produkt promo sale shipping
    shop shopping store versand voucher warenkorb wishlist achat acheter tienda boutique carrito`,
  news: `actualité actualités aktuell article breaking ceasefire court editorial election elections headlines
    journalism minister ministre minister nachrichten news newspaper noticias opinion opinión parliament
    parlament police politics politik política politique president reportage reuters senate schlagzeilen
    tagesschau wahl wahlen wirtschaft zeitung krieg guerra economy correspondent`,
};

/** Sites that hold things of every kind; they say less about a page than others. */
export const MIXED_SITES = `youtube.com youtu.be vimeo.com reddit.com medium.com x.com twitter.com substack.com
  facebook.com instagram.com tiktok.com twitch.tv quora.com wordpress.com blogspot.com tumblr.com bilibili.com
  dailymotion.com pinterest.com notion.site google.com docs.google.com drive.google.com dropbox.com
  linkedin.com telegram.org t.me discord.com amazon.com microsoft.com apple.com`;

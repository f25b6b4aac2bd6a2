/**
 * The default categories, and well-known sites of each; those of `none` belong to no category.
 *
 * Written by `python -m host.tabs.extension_data`. Do not edit: change the files that it reads.
 */

export const DEFAULT_CATEGORIES = [
  {
    key: "dev",
    name: "Dev",
    colour: "blue",
  },
  {
    key: "social",
    name: "Social",
    colour: "pink",
  },
  {
    key: "entertainment",
    name: "Entertainment",
    colour: "red",
  },
  {
    key: "work",
    name: "Work",
    colour: "green",
  },
  {
    key: "cloud",
    name: "Cloud",
    colour: "cyan",
  },
  {
    key: "shopping",
    name: "Shopping",
    colour: "orange",
  },
  {
    key: "news",
    name: "News",
    colour: "purple",
  },
];

/** @type {Record<string, string>} sites by category, with blanks between them */
export const KNOWN_SITES = {
  cloud: `
admin.google.com akamai.com alibabacloud.com aliyun.com allestoerungen.de ansible.com
app.netlify.com aruba.it aws.amazon.com azure.microsoft.com backblaze.com beget.com bluehost.com
box.com bunny.net cloud.baidu.com cloud.digitalocean.com cloud.google.com cloud.ibm.com
cloud.mail.ru cloud.mongodb.com cloud.oracle.com cloud.tencent.com cloudflare.com
cloudflarestatus.com conoha.jp console.aws.amazon.com console.cloud.google.com
console.firebase.google.com console.hetzner.cloud contabo.com dash.cloudflare.com databricks.com
datadoghq.com developer.hashicorp.com digitalocean.com discordstatus.com disk.yandex.ru docker.com
docs.aws.amazon.com domains.google.com downdetector.com downforeveryoneorjustme.com drive.google.com
drive.proton.me dropbox.com fastly.com firebase.google.com fly.io gandi.net githubstatus.com
godaddy.com grafana.com health.aws.amazon.com helm.sh heroku.com hetzner.com home.pl hostinger.com
huaweicloud.com hub.docker.com icloud.com infomaniak.com ionos.com ionos.de kubernetes.io
letsencrypt.org linode.com locaweb.com.br login.tailscale.com loopia.se mediafire.com mega.io
mega.nz mxtoolbox.com namecheap.com ncloud.com neon.tech netcup.de netlify.com newrelic.com
nextcloud.com one.com one.google.com onedrive.live.com openshift.com oracle.com ovh.com ovhcloud.com
owncloud.com pagerduty.com pan.baidu.com pcloud.com photos.google.com pi-hole.net planetscale.com
porkbun.com portal.azure.com prometheus.io proxmox.com qiniu.com quickconnect.to railway.com
rancher.com redditstatus.com reg.ru render.com robot.hetzner.com sakura.ad.jp scaleway.com
selectel.ru serverfault.com siteground.com slack-status.com snowflake.com splunk.com
status.cloud.google.com status.github.com status.gitlab.com statuspage.io strato.de supabase.com
synology.com tailscale.com terraform.io timeweb.com transip.nl ui.com uptimerobot.com vercel.com
vmware.com volcengine.com vultr.com wasabi.com wedos.com wetransfer.com who.is xserver.ne.jp
yandex.cloud
`,
  dev: `
acmicpc.net alura.com.br angular.dev apache.org archlinux.org arduino.cc askubuntu.com astro.build
atcoder.jp baeldung.com bitbucket.org blog.csdn.net bun.sh caniuse.com circleci.com cnblogs.com
code.visualstudio.com codeberg.org codecademy.com codeforces.com codepen.io codesandbox.io
codewars.com colab.research.google.com console.anthropic.com cplusplus.com cppreference.com
crates.io create.roblox.com csdn.net css-tricks.com cursoemvideo.com cursor.com dart.dev
dba.stackexchange.com debian.org deno.com dev.azure.com dev.to dev.twitch.tv developer.android.com
developer.apple.com developer.chrome.com developer.mozilla.org developer.spotify.com
developers.facebook.com developers.google.com developpez.com djangoproject.com docs.github.com
docs.python.org docs.rs dotnet.microsoft.com dou.ua eclipse.org egghead.io elixir-lang.org
en.cppreference.com es.stackoverflow.com exercism.org fastapi.tiangolo.com fedoraproject.org
flask.palletsprojects.com flutter.dev freecodecamp.org frontendmasters.com geeksforgeeks.org
gentoo.org getbootstrap.com gist.github.com git-scm.com gitee.com github.blog github.com github.io
gitlab.com glitch.com gnu.org go.dev godbolt.org godotengine.org graphql.org habr.com hackerrank.com
hashnode.com haskell.org html.it huggingface.co inflearn.com ja.stackoverflow.com javarush.com
jetbrains.com jsfiddle.net jsonlint.com juejin.cn julialang.org jupyter.org kaggle.com kernel.org
kotlinlang.org laracasts.com laravel.com learn.microsoft.com leetcode.com lobste.rs luogu.com.cn
lwn.net marketplace.visualstudio.com metanit.com mongodb.com mvnrepository.com mysql.com
netflixtechblog.com news.ycombinator.com nextjs.org nixos.org nodejs.org npmjs.com nuget.org
numpy.org nuxt.com openclassrooms.com oschina.net packagist.org pandas.pydata.org paperswithcode.com
php.net pkg.go.dev platform.openai.com play.rust-lang.org pluralsight.com postgresql.org postman.com
programmers.co.kr pt.stackoverflow.com pypi.org python.org pytorch.org qiita.com qna.habr.com
raspberrypi.com react.dev readthedocs.io realpython.com redis.io regex101.com replit.com
ru.stackoverflow.com ruby-lang.org rubygems.org rubyonrails.org runoob.com rust-lang.org
scala-lang.org scikit-learn.org segmentfault.com selfhtml.org sentry.io smashingmagazine.com
softwareengineering.stackexchange.com sonarcloud.io sourceforge.net spring.io sqlite.org sr.ht
stackblitz.com stackoverflow.com superuser.com svelte.dev swagger.io swift.org symfony.com
tailwindcss.com tensorflow.org teratail.com theodinproject.com topcoder.com travis-ci.com
tutorialspoint.com typescriptlang.org ubuntu.com unity.com unix.stackexchange.com unrealengine.com
v2ex.com velog.io visualstudio.microsoft.com vite.dev vuejs.org w3.org w3schools.com wandb.ai
web.dev webpack.js.org wiki.archlinux.org zenn.dev ziglang.org
`,
  entertainment: `
9gag.com abema.tv allocine.fr anghami.com anilist.co archiveofourown.org ardmediathek.de arte.tv
audible.com azlyrics.com bandcamp.com bandsintown.com bilibili.com blizzard.com blutv.com
boardgamegeek.com canalplus.com channel4.com chess.com chzzk.naver.com comic.naver.com
crunchyroll.com csfd.cz dailymotion.com dazn.com deezer.com discogs.com disneylandparis.com
disneyplus.com douban.com douyin.com eurogamer.net eventim.de fandango.com fandom.com fanfiction.net
fifa.com filmaffinity.com filmweb.pl formula1.com france.tv gaana.com gamefaqs.gamespot.com
gamespot.com genius.com giphy.com globoplay.globo.com gog.com goodreads.com hbomax.com hotstar.com
hulu.com ign.com iheart.com imdb.com imgur.com iqiyi.com itch.io itv.com ivi.ru jeuxvideo.com
jiosaavn.com joyn.de justwatch.com kick.com kinopoisk.ru knowyourmeme.com kotaku.com last.fm
leagueoflegends.com letterboxd.com lichess.org m.youtube.com mangadex.org marvel.com max.com
mediasetinfinity.mediaset.it megogo.net melon.com metacritic.com minecraft.net mlb.com mubi.com
music.163.com music.apple.com music.yandex.ru music.youtube.com myanimelist.net nba.com netflix.com
nexusmods.com nfl.com nicovideo.jp nintendo.com npo.nl okko.tv op.gg open.spotify.com pandora.com
paramountplus.com pcgamer.com peacocktv.com pikabu.ru pixiv.net player.pl playstation.com plex.tv
pluto.tv podcasts.apple.com poki.com polygon.com primevideo.com puhutv.com raiplay.it roblox.com
rottentomatoes.com royalroad.com rtl.de rtve.es rumble.com rutube.ru shahid.mbc.net songkick.com
sonyliv.com soundcloud.com speedrun.com spotify.com steamcommunity.com store.epicgames.com
store.steampowered.com svtplay.se tf1.fr themoviedb.org theonion.com ticketmaster.com tidal.com
tiktok.com trakt.tv tubitv.com tunein.com tv.apple.com tver.jp tving.com twitch.tv uefa.com
ultimate-guitar.com unext.jp v.qq.com videoland.com vidio.com viki.com vimeo.com wattpad.com
wavve.com webtoons.com xbox.com xkcd.com y.qq.com youku.com youtube.com youtubekids.com zdf.de
zee5.com
`,
  news: `
163.com 20min.ch 20minutes.fr 36kr.com 9to5mac.com aajtak.in abc.es abc.net.au abcnews.go.com
aftonbladet.se aktualne.cz alarabiya.net aljazeera.com aljazeera.net ansa.it apnews.com
arstechnica.com as.com asahi.com axios.com bangkokpost.com bbc.co.uk bbc.com bhaskar.com bild.de
bloomberg.com businessinsider.com cbc.ca cbsnews.com chosun.com clarin.com cnbc.com cnet.com cnn.com
corriere.it dailymail.co.uk dawn.com delfi.lt derstandard.at detik.com dn.se donga.com dr.dk dw.com
dwdl.de dzen.ru economist.com elcomercio.pe eldiario.es elmundo.es elpais.com eltiempo.com
eluniversal.com.mx emol.com engadget.com espn.com estadao.com.br euronews.com faz.net feedly.com
finance.yahoo.com flipboard.com folha.uol.com.br forbes.com foxnews.com francetvinfo.fr ft.com
g1.globo.com gazeta.pl gazzetta.it ge.globo.com globo.com golem.de haaretz.com handelsblatt.com
hani.co.kr heise.de hindustantimes.com hln.be hotnews.ro hs.fi huffpost.com hurriyet.com.tr idnes.cz
ifeng.com ilsole24ore.com independent.co.uk index.hu indianexpress.com infobae.com irishtimes.com
itmedia.co.jp jagran.com jn.pt joongang.co.kr kathimerini.gr kicker.de kommersant.ru kompas.com
lanacion.com.ar lastampa.it latimes.com lavanguardia.com lefigaro.fr lemonde.fr lenta.ru lequipe.fr
lesechos.fr lesoir.be liberation.fr ltn.com.tw mainichi.jp marca.com marketwatch.com medium.com
meduza.io milliyet.com.tr msn.com n-tv.de nation.africa nationalgeographic.com nbcnews.com ndtv.com
news.google.com news.naver.com news.qq.com news.sky.com news.yahoo.co.jp news24.com newscientist.com
newsweek.com newyorker.com nikkei.com nos.nl novinky.cz npr.org nrk.no ntv.com.tr nu.nl nytimes.com
nzherald.co.nz nzz.ch onet.pl orf.at ouest-france.fr people.com.cn politico.com politiken.dk
pravda.com.ua publico.pt punchng.com rappler.com rbc.ru repubblica.it reuters.com rfi.fr ria.ru
scientificamerican.com scmp.com seznamzpravy.cz sina.com.cn skynewsarabia.com skysports.com
slashdot.org sme.sk smh.com.au sohu.com sozcu.com.tr spiegel.de srf.ch straitstimes.com substack.com
sueddeutsche.de suspilne.media svd.se svt.se t-online.de tagesschau.de techcrunch.com telegraaf.nl
telegraph.co.uk telex.hu tempo.co terra.com.br theatlantic.com theglobeandmail.com theguardian.com
thehindu.com thepaper.cn theregister.com thetimes.com theverge.com time.com
timesofindia.indiatimes.com toutiao.com tvn24.pl tweakers.net udn.com ukrinform.ua unian.ua
uol.com.br usatoday.com vg.no vnexpress.net volkskrant.nl vox.com vrt.be washingtonpost.com welt.de
wired.com wp.pl wsj.com www3.nhk.or.jp wyborcza.pl yahoo.com yle.fi ynet.co.il yomiuri.co.jp
youm7.com zdnet.com zeit.de
`,
  none: `
2gis.ru accounts.google.com accuweather.com agoda.com airbnb.com allianz.de allrecipes.com amap.com
ancestry.com appleid.apple.com archive.org arxiv.org autoscout24.de bahn.de baidu.com
baike.baidu.com bankofamerica.com biblegateway.com bing.com blablacar.fr booking.com britannica.com
chase.com chat.deepseek.com chatgpt.com chefkoch.de cian.ru claude.ai cooking.nytimes.com
cooking.stackexchange.com cookpad.com coursera.org ctrip.com daum.net de.wikipedia.org deepl.com
dict.cc dictionary.cambridge.org doctolib.de doctolib.fr duckduckgo.com duolingo.com ecosia.org
edx.org elster.de en.wikipedia.org europa.eu expedia.com flixbus.com funda.nl gemini.google.com
giallozafferano.it gismeteo.ru google.co.uk google.com google.de gosuslugi.ru gov.uk healthline.com
hostelworld.com hotels.com idealista.com immobiliare.it immobilienscout24.de instructables.com
irctc.co.in irs.gov jstor.org kayak.com khanacademy.org leo.org linktr.ee login.live.com
login.microsoftonline.com lufthansa.com makemytrip.com maps.google.com mapy.com marmiton.org
math.stackexchange.com mayoclinic.org merriam-webster.com mobile.de moodle.org myheritage.com
namu.wiki nasa.gov nature.com naver.com nhs.uk nubank.com.br openstreetmap.org opentable.com
otodom.pl paypal.com perplexity.ai pubmed.ncbi.nlm.nih.gov quizlet.com quran.com qwant.com
researchgate.net revolut.com rightmove.co.uk ryanair.com scholar.google.com sciencedirect.com
search.brave.com seloger.com service-public.fr seznam.cz skyscanner.net sncf-connect.com
sparkasse.de speedtest.net startpage.com strava.com timeanddate.com translate.google.com
trenitalia.com trip.com tripadvisor.com trivago.com turkiye.gov.tr uber.com usa.gov weather.com
webmd.com wetteronline.de who.int wikihow.com wikipedia.org wiktionary.org windy.com wise.com
wolframalpha.com wordreference.com xiachufang.com ya.ru yahoo.co.jp yandex.ru yelp.com yr.no
zillow.com
`,
  shopping: `
11st.co.kr 2dehands.be adidas.com ah.nl akakce.com alibaba.com aliexpress.com allegro.pl alza.cz
amazon.ca amazon.co.jp amazon.co.uk amazon.com amazon.com.br amazon.de amazon.es amazon.fr amazon.in
amazon.it amazon.pl americanas.com.br argos.co.uk arukereso.hu asos.com avito.ru bazos.cz
bestbuy.com bigbasket.com blocket.se bol.com bukalapak.com camelcamelcamel.com canadiantire.ca
carrefour.fr cdiscount.com ceneo.pl chewy.com coolblue.nl costco.com coupang.com craigslist.org
currys.co.uk daangn.com danawa.com darty.com dba.dk dealabs.com deliveroo.co.uk dhl.de digitec.ch
dm.de dns-shop.ru doordash.com ebay.co.uk ebay.com ebay.de elcorteingles.es elgiganten.se emag.ro
etsy.com falabella.com fedex.com finn.no flipkart.com fnac.com galaxus.ch geizhals.de gmarket.co.kr
gumtree.com hepsiburada.com heureka.cz hm.com homedepot.com hotukdeals.com idealo.de ikea.com
instacart.com jbhifi.com.au jd.com johnlewis.com jp.mercari.com jumia.com just-eat.co.uk kakaku.com
klarna.com kleinanzeigen.de kroger.com kuantokusta.pt lazada.com leboncoin.fr leroymerlin.fr lidl.de
lieferando.de lowes.com macys.com magazineluiza.com.br market.yandex.ru marktplaats.nl
mediaexpert.pl mediamarkt.de meesho.com mercadolibre.com.ar mercadolibre.com.mx mercadolivre.com.br
mercari.com musinsa.com mydealz.de myntra.com n11.com newegg.com nike.com noon.com nordstrom.com
offerup.com olx.pl olx.pt olx.ua otto.de ozon.ru pccomponentes.com pcpartpicker.com pinduoduo.com
prisjakt.nu prom.ua rakuten.co.jp rewe.de ricardo.ch rohlik.cz rozetka.com.ua rtings.com
sainsburys.co.uk saturn.de sephora.com shein.com shopee.co.id shopee.com.br shopee.sg
shopping.naver.com skroutz.gr slickdeals.net smzdm.com stockx.com store.google.com subito.it
swiggy.com takealot.com taobao.com target.com temu.com tesco.com thomann.de tiki.vn tmall.com
tokopedia.com tori.fi trademe.co.nz tradera.com trendyol.com trovaprezzi.it ubereats.com unieuro.it
uniqlo.com ups.com verkkokauppa.com vinted.com vinted.fr wallapop.com walmart.com wayfair.com
wildberries.ru willhaben.at woolworths.com.au worten.pt yodobashi.com zalando.de zara.com zomato.com
zozo.jp
`,
  social: `
4chan.org 500px.com 5ch.net ameblo.jp badoo.com band.us behance.net bereal.com blog.naver.com
bsky.app bumble.com cafe.naver.com chaos.social clubhouse.com couchsurfing.com dcard.tw dcinside.com
deviantart.com discord.com discord.gg disqus.com dribbble.com eksisozluk.com facebook.com feddit.org
flashback.org flickr.com fmkorea.com forocoches.com fosstodon.org gravatar.com gutefrage.net hi5.com
hinge.co instagram.com jodel.com kaskus.co.id lemmy.ml lemmy.world line.me linkedin.com
livejournal.com lovoo.com m.facebook.com mastodon.online mastodon.social match.com meetic.fr
meetup.com messenger.com misskey.io mixi.jp mobile01.com mstdn.jp nextdoor.com note.com ok.ru
okcupid.com old.reddit.com parship.de patreon.com pinterest.com pinterest.de pixelfed.social ptt.cc
quora.com reddit.com sharechat.com signal.org skyrock.com snapchat.com stackexchange.com t.me
taringa.net telegram.org theqoo.net threads.com threads.net tieba.baidu.com tinder.com troet.cafe
tumblr.com twitter.com viber.com vk.com vsco.co web.telegram.org web.whatsapp.com wechat.com
weibo.com weixin.qq.com whatsapp.com wykop.pl x.com xiaohongshu.com xing.com zhihu.com
zhuanlan.zhihu.com
`,
  work: `
51job.com admin.shopify.com adp.com ads.google.com airtable.com amazon.jobs analytics.google.com
app.powerbi.com app.slack.com arbeitsagentur.de arbetsformedlingen.se asana.com atlassian.com
atlassian.net bamboohr.com basecamp.com bayt.com business.facebook.com calendar.google.com
calendly.com canva.com career.habr.com careers.google.com catho.com.br chat.google.com chatwork.com
clickup.com clockify.me coda.io computrabajo.com contacts.google.com datev.de de.indeed.com deel.com
dingtalk.com docs.google.com docs.qq.com docusign.com docusign.net doda.jp doodle.com dynamics.com
e.mail.ru evernote.com fastmail.com feishu.cn figma.com fiverr.com forms.google.com forms.office.com
francetravail.fr freelancer.com freshbooks.com freshworks.com glassdoor.com gmail.com gmx.net
grammarly.com greenhouse.io gusto.com harvestapp.com hh.ru hubspot.com indeed.com infojobs.net
intercom.com jobkorea.co.kr jobs.apple.com jobs.cz jobs.netflix.com jobstreet.com kariyer.net
keep.google.com larksuite.com lever.co lexoffice.de lifeatspotify.com lightning.force.com linear.app
loom.com lucidchart.com m365.cloud.microsoft mail.163.com mail.google.com mail.naver.com
mail.proton.me mail.qq.com mail.ru mail.yahoo.com mail.yandex.ru mailchimp.com mattermost.com
meet.google.com meeting.tencent.com miro.com monday.com monster.com myworkdayjobs.com naukri.com
notion.com notion.so obsidian.md office.com outlook.com outlook.live.com outlook.office.com
overleaf.com pennylane.com personio.de pipedrive.com planner.microsoft.com pracuj.pl
quickbooks.intuit.com reed.co.uk rikunabi.com rippling.com salesforce.com sap.com saramin.co.kr
seek.com.au sellercentral.amazon.com sevdesk.de sharepoint.com sheets.google.com slack.com
slides.google.com smartsheet.com stepstone.de studio.youtube.com surveymonkey.com
teams.microsoft.com ticktick.com to-do.office.com todoist.com toggl.com totaljobs.com trello.com
typeform.com upwork.com web.de webex.com welcometothejungle.com work.ua workday.com
workspace.google.com wrike.com xero.com yuque.com zendesk.com zhipin.com ziprecruiter.com zoho.com
zoom.us
`,
};

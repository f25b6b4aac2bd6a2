"""A site whose report can only be read after signing in, by a chain of redirects."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.e2e.articles import render_page
from tests.e2e.site import Request, Response

if TYPE_CHECKING:
    from tests.e2e.site import Site

LOGIN_HOST = "team.weaverly.example"
PASSWORD = "marmalade-hunter-77"  # noqa: S105 - of a made-up site
CODE = "one-time-code-5d1f0c"
LOGIN_MARK = "gatekeeperium"
REPORT_MARK = "warp-beam forecast"
_COOKIE = "session=woven"


def publish_sign_in(site: Site) -> str:
    """Put the chain on the site; returns the report's address."""

    def report(request: Request) -> Response:
        if _COOKIE not in request.cookies:
            return _redirect("/sign-in?return=%2Freport", 302)
        text = (
            f"The {REPORT_MARK} for the autumn is good. Eleven looms are booked until November, and the "
            "twelfth waits for a reed from the smith. Wool from the upper farms arrived dry this year. "
        )
        return Response(render_page("Autumn report", f"<article><p>{text * 3}</p></article>", LOGIN_HOST))

    def sign_in(request: Request) -> Response:
        if request.method == "POST":
            return _redirect(f"/callback?code={CODE}", 303)
        form = (
            f"<article><p>The {LOGIN_MARK} would like to know who you are. {'Please sign in. ' * 20}</p>"
            '<form method="post" action="/sign-in"><label>Password <input type="password" name="password">'
            "</label><button>Sign in</button></form></article>"
        )
        return Response(render_page("Sign in", form, LOGIN_HOST))

    def callback(_: Request) -> Response:
        return _redirect("/report", 303, {"Set-Cookie": f"{_COOKIE}; Path=/"})

    site.publish(LOGIN_HOST, "/report", report)
    site.publish(LOGIN_HOST, "/sign-in", sign_in)
    site.publish(LOGIN_HOST, "/callback", callback)
    return f"http://{LOGIN_HOST}/report"


def _redirect(path: str, status: int, headers: dict[str, str] | None = None) -> Response:
    return Response(status=status, headers={"Location": path, **(headers or {})})

"""A pool of threads fetches pages (from a dictionary, so that it works without a network)."""

import time
from concurrent.futures import ThreadPoolExecutor, as_completed

PAGES = {
    "https://example.org/": "<title>Home</title><a href='/about'>about</a><a href='/news'>n</a>",
    "https://example.org/about": "<title>About us</title>",
    "https://example.org/news": "<title>News</title>" + "<p>something happened</p>" * 20,
    "https://example.org/slow": "<title>Slow</title>",
}


class NotFound(Exception):
    pass


def fetch(url):
    time.sleep(0.01 if url.endswith("slow") else 0.001)
    if url not in PAGES:
        raise NotFound(url)
    return PAGES[url]


def title(page):
    return page.partition("<title>")[2].partition("</title>")[0]


urls = [*PAGES, "https://example.org/missing"]
report = {}
with ThreadPoolExecutor(max_workers=3, thread_name_prefix="fetch") as pool:
    jobs = {pool.submit(fetch, url): url for url in urls}
    for job in as_completed(jobs):
        url = jobs[job]
        try:
            page = job.result()
        except NotFound as error:
            report[url] = f"not found: {error}"
        else:
            report[url] = f"{title(page)} ({len(page)} characters)"

for url in urls:
    print(f"{url:<32} {report[url]}")

import json, os, time
from tests.browser.referring.conftest import Desk
import pytest
@pytest.mark.timeout(0)
def test_serve(site: Desk):
    i = site.intake
    json.dump({"origin": site.origin, "db": i.database_url, "partner": site.partner.id, "secret": site.partner.secret, "library": site.library_id}, open("/tmp/refer_site.json", "w"))
    while not os.path.exists("/tmp/refer_stop"):
        if os.path.exists("/tmp/refer_restart"):
            open("/tmp/refer_log","w").write(i.log)
            os.remove("/tmp/refer_restart")
            i.process.stop()
            kw = site.started
            i.process.start(**kw)
            open("/tmp/refer_restarted","w").write("x")
        open("/tmp/refer_log","w").write(i.log)
        time.sleep(1)

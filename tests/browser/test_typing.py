"""What is typed stays: news from the kernel do not overwrite it, and a reload of the page brings it back."""

from __future__ import annotations

from playwright.sync_api import expect

CELLS = ("import tcpnb", 'echo = tcpnb.open("echo_service.py")\necho.create_service(port=0)', "echo")
ADD_VARIABLE = "echo.edit(tcpnb.edits.AddVariable(class_name='TcpEchoService', name='count', type='int', default='0'))"


def test_what_is_half_typed_is_lost_neither_to_news_nor_to_a_reload(lab):
    page = lab.open(*CELLS)
    studio = lab.studio()
    studio.get_by_role("treeitem", name="TcpEchoService").click()
    designer = studio.get_by_role("region", name="Service Class Designer")
    about = designer.get_by_label("Documentation")
    about.focus()
    page.keyboard.type("Half")
    lab.run(ADD_VARIABLE)
    expect(designer.get_by_role("group", name="variable count")).to_be_visible()
    page.keyboard.type(" a word")
    expect(about).to_have_value("Half a word")
    # Nothing is written before the field is left: each key would be an edit of its own.
    assert "Half" not in lab.run("print(echo.source)")

    designer.get_by_role("button", name="+ Variable").click()
    form = designer.get_by_role("form", name="Add Variable")
    form.get_by_label("Variable Name").fill("greeting")
    form.get_by_label("Variable Type").fill("byt")
    expect(about).to_have_value("Half a word")
    about.focus()
    page.keyboard.press("End")
    page.keyboard.type(", not saved")
    lab.save()
    lab.visit()
    designer = lab.studio().get_by_role("region", name="Service Class Designer")
    expect(designer.get_by_label("Documentation")).to_have_value("Half a word, not saved")
    form = designer.get_by_role("form", name="Add Variable")
    expect(form.get_by_label("Variable Name")).to_have_value("greeting")
    expect(form.get_by_label("Variable Type")).to_have_value("byt")
    form.get_by_role("button", name="Cancel").click()
    expect(form).to_have_count(0)
    assert "variable" not in page.evaluate("() => Object.keys(sessionStorage).join()")

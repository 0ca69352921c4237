"""Attacks: servers, files and folders that try to harm others who share an organisation or a machine with this suite.

- `interception`: a TLS man in the middle, which makes a host away from loopback lead to an application of ours;
- `organisation`: an organisation that others use too, behind that man in the middle, with every operation bendable;
- `conftest`: the fixture `shared`, which opens such an organisation, points the environment at it, and asserts when
  the test is over that no foreign export was changed, counted at the server.

A test of an attack bends operations, runs the suite as a user would, and looks at what is left on the server:

    def test_creation_that_answers_with_a_foreign_id(shared: Open, tmp_path: Path) -> None:
        def foreign_id(asked: ServerRequest, response: ServerResponse) -> ServerResponse:
            return response.edited(lambda document: document["data"].update(id=FOREIGN))

        organisation = shared(bent("create", foreign_id))
        assert organisation.run(tmp_path, "--hypothesis-profile", "smoke") == 1
        assert organisation.left == []

The guards that apply away from loopback are on in all of these, since the host is `shared.commercelayer.io`.
"""

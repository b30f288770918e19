"""What a local installation and the tests run on: private servers, a mail catcher, an identity provider."""

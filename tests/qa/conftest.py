"""What tests of the HTTP doors share."""

from tests.qa.door import door as door

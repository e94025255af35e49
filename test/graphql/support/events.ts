/** Follows a response and asks every event for everything it has. */
export const FOLLOW = `
  subscription Follow($id: ID!, $after: Int) {
    responseEvents(id: $id, after: $after) {
      __typename
      type
      sequenceNumber
      ... on ResponseCreatedEvent { response { ...State } }
      ... on ResponseQueuedEvent { response { ...State } }
      ... on ResponseInProgressEvent { response { ...State } }
      ... on ResponseCompletedEvent { response { ...State } }
      ... on ResponseIncompleteEvent { response { ...State } }
      ... on ResponseFailedEvent { response { ...State } }
      ... on OutputItemAddedEvent { outputIndex item { ...Thing } }
      ... on OutputItemDoneEvent { outputIndex item { ...Thing } }
      ... on ContentPartAddedEvent { itemId outputIndex contentIndex part { ...Part } }
      ... on ContentPartDoneEvent { itemId outputIndex contentIndex part { ...Part } }
      ... on OutputTextDeltaEvent { itemId outputIndex contentIndex delta }
      ... on OutputTextDoneEvent { itemId outputIndex contentIndex text }
      ... on OutputTextAnnotationAddedEvent { annotationIndex annotation { type ... on UrlCitation { url startIndex } } }
      ... on RefusalDeltaEvent { delta }
      ... on RefusalDoneEvent { refusal }
      ... on ReasoningTextDeltaEvent { delta }
      ... on ReasoningTextDoneEvent { text }
      ... on FunctionCallArgumentsDeltaEvent { itemId outputIndex delta }
      ... on FunctionCallArgumentsDoneEvent { itemId outputIndex name arguments }
      ... on FileSearchCallInProgressEvent { itemId outputIndex }
      ... on FileSearchCallSearchingEvent { itemId outputIndex }
      ... on FileSearchCallCompletedEvent { itemId outputIndex }
      ... on WebSearchCallInProgressEvent { itemId outputIndex }
      ... on WebSearchCallSearchingEvent { itemId outputIndex }
      ... on WebSearchCallCompletedEvent { itemId outputIndex }
      ... on OtherResponseEvent { json }
    }
  }
  fragment State on Response { id status outputText model createdAt usage { totalTokens } error { code } }
  fragment Thing on Item { __typename id type status ... on Message { role text } ... on FunctionCall { callId name } }
  fragment Part on ContentPart { __typename type ... on OutputText { text } }
`;

/** Follows a response and asks for little. */
export const FOLLOW_BRIEFLY = `
  subscription Follow($id: ID!, $after: Int) {
    responseEvents(id: $id, after: $after) { type sequenceNumber ... on OutputTextDeltaEvent { delta } }
  }
`;
